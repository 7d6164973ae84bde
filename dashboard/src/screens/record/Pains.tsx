import type { JSX } from "preact";
import { known, moment, number, t } from "../../i18n/language";
import type { PainNote } from "./record";

/** What the patient said after each stop for pain. */
export function Pains({ pains }: { pains: readonly PainNote[] }): JSX.Element | null {
  if (pains.length === 0) return null;
  return (
    <section>
      <h2>{t("record.pain")}</h2>
      <ul class="notes">
        {pains.map((said, n) => (
          <li key={`${said.noted_utc}${n}`}>
            {said.noted_utc !== undefined && <time>{moment(said.noted_utc)}</time>} {wordsOf(said)}
          </li>
        ))}
      </ul>
    </section>
  );
}

function wordsOf({ pain, where, quality }: PainNote): string {
  const words = [...where, ...(quality === null ? [] : [quality])].map((name) => {
    const key = `pain.${name}`;
    return known(key) ? t(key) : name;
  });
  return [pain === null ? null : t("record.painOf", { n: number(pain) }), ...words].filter(Boolean).join(" · ");
}
