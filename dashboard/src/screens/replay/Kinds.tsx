import type { JSX } from "preact";
import { named, number, t } from "../../i18n/language";

/** Of a kind of event: how many only one analysis has, how many both tell but otherwise; of many, in how many `sessions`. */
export interface KindCount {
  kind: string;
  before: number;
  after: number;
  changed: number;
  sessions?: number;
}

/** What a rerun changes, by kind of event. */
export function Kinds({ rows }: { rows: readonly KindCount[] }): JSX.Element {
  const many = rows.some(({ sessions }) => sessions !== undefined);
  return (
    <table class="kinds">
      <thead>
        <tr>
          <th scope="col" class="words">
            {t("replay.event")}
          </th>
          <th scope="col">{t("replay.way.before")}</th>
          <th scope="col">{t("replay.way.after")}</th>
          <th scope="col">{t("replay.way.changed")}</th>
          {many && <th scope="col">{t("record.sessions")}</th>}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ kind, before, after, changed, sessions }) => (
          <tr key={kind}>
            <th scope="row" class="words">
              {named("event", kind)}
            </th>
            {[before, after, changed, ...(many ? [sessions ?? 0] : [])].map((count, n) => (
              <td key={n}>{count === 0 ? "–" : number(count)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
