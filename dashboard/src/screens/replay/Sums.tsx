import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { number, t } from "../../i18n/language";
import { bytes, Row } from "./Facts";
import { type Asked, asksAgain, type Contents, checksums, proven } from "./leaf";

/** Worked out when it is opened: the service reads all of the file for it. */
export function Sums({ contents, session }: { contents: Contents; session: string }): JSX.Element {
  const found = useSignal<Asked>(null);
  const fold = useRef<HTMLDetailsElement>(null);
  const look = async () => {
    if (fold.current?.open !== true || !asksAgain(found.value)) return;
    found.value = "asked";
    found.value = await checksums(session).catch(() => "failed" as const);
  };
  // Of a session that has ended meanwhile they are final.
  useEffect(() => void look(), [contents.open]);
  const { value } = found;
  return (
    <details ref={fold} onToggle={() => void look()}>
      <summary>{t("leaf.sums")}</summary>
      <dl class="facts">
        <Row name={t("leaf.size")}>{bytes(contents.size)}</Row>
        <Row name={t("leaf.chunks")}>
          {t("leaf.packed", {
            n: number(contents.chunks),
            how: contents.compressions.join(", "),
            packed: bytes(contents.packed),
            unpacked: bytes(contents.unpacked),
          })}
        </Row>
        <Row name={t("leaf.library")}>{contents.library}</Row>
        {value !== null && typeof value === "object" && (
          <>
            <Row name="SHA-256" exact>
              {value.sha256 ?? t("leaf.grows")}
            </Row>
            <Row name={t("leaf.crc")}>
              {fit(value.chunks - value.chunks_unsummed, value.chunks_bad, value.chunks_unsummed)}
            </Row>
            <Row name={t("leaf.seals")}>{fit(value.seals, value.seals_bad, 0)}</Row>
          </>
        )}
      </dl>
      <p class="none" role="status">
        {value === "asked" && t("leaf.checking")}
        {value === "failed" && t("leaf.unchecked")}
        {typeof value === "object" &&
          value !== null &&
          value.faults.length === 0 &&
          t(proven(value) ? "leaf.sound" : "leaf.unproven")}
      </p>
      {typeof value === "object" && value !== null && value.faults.length > 0 && (
        <ul class="refused">
          {value.faults.map((words, n) => (
            <li key={n}>{words}</li>
          ))}
        </ul>
      )}
    </details>
  );
}

/** Of those that have a sum; `without`: so many have none. */
function fit(all: number, bad: number, without: number): string {
  if (all + without === 0) return t("leaf.noSums");
  const fits =
    bad === 0 ? t("leaf.allFit", { n: number(all) }) : t("leaf.someDont", { n: number(bad), of: number(all) });
  if (without === 0) return fits;
  const none = t("leaf.unsummed", { n: number(without) });
  return all === 0 ? none : `${fits}, ${none}`;
}
