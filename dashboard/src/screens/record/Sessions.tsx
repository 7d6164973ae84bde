import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { counted, minutes, moment, t } from "../../i18n/language";
import { Icon } from "../../ui/icons";
import { sessions, Unanswered } from "./asking";
import { Desk, Nothing, Table } from "./Desk";
import { type SessionRecord, whole } from "./record";

/** All sessions, newest first. */
export function Sessions(): JSX.Element {
  const items = useSignal<SessionRecord[] | null>(null);
  const next = useSignal<string | null>(null);
  const why = useSignal<Unanswered["why"] | null>(null);
  const more = async () => {
    try {
      const page = await sessions(next.value);
      items.value = [...(items.value ?? []), ...page.items];
      next.value = page.next;
      why.value = null;
    } catch (error) {
      why.value = error instanceof Unanswered ? error.why : "down";
    }
  };
  useEffect(() => {
    void more();
  }, []);

  if (items.value === null) return <Nothing why={why.value} />;
  return (
    <Desk here={null}>
      <header>
        <h1>{t("record.sessions")}</h1>
      </header>
      {items.value.length === 0 ? (
        <p class="none">{t("record.none")}</p>
      ) : (
        <Table name={t("record.sessions")}>
          <table>
            <thead>
              <tr>
                <th scope="col" class="words">
                  {t("record.started")}
                </th>
                <th scope="col" class="words">
                  {t("record.machine")}
                </th>
                <th scope="col" class="words">
                  {t("record.label")}
                </th>
                <th scope="col">{t("record.sets")}</th>
                <th scope="col">{t("record.repetitions")}</th>
                <th scope="col">{t("record.time")}</th>
                <th scope="col" class="words">
                  {t("record.completeness")}
                </th>
              </tr>
            </thead>
            <tbody>
              {items.value.map((record) => (
                <Row key={record.session} record={record} />
              ))}
            </tbody>
          </table>
        </Table>
      )}
      {next.value !== null && (
        <button type="button" class="more" onClick={() => void more()}>
          {t("record.more")}
        </button>
      )}
      {why.value !== null && <p class="old">{t("down.title")}</p>}
    </Desk>
  );
}

function Row({ record }: { record: SessionRecord }): JSX.Element {
  const { sets, started_utc, ended_utc, completeness } = record;
  const fine = whole(record);
  const repetitions = sets.reduce((sum, set) => sum + set.full + set.short + set.partial, 0);
  return (
    <tr>
      <th scope="row" class="words">
        <a href={`/sessions/${encodeURIComponent(record.session)}`}>{moment(started_utc)}</a>
      </th>
      <td class="words">{record.machine}</td>
      <td class="words">{record.plan?.label ?? "–"}</td>
      <td>{sets.length}</td>
      <td>{repetitions}</td>
      <td>{ended_utc === null ? "–" : minutes((Date.parse(ended_utc) - Date.parse(started_utc)) / 1000)}</td>
      <td class="words" data-whole={fine}>
        <Icon name={ended_utc === null ? "connecting" : fine ? "whole" : "stale"} />{" "}
        {ended_utc === null
          ? t("record.running")
          : fine
            ? t("record.whole")
            : record.damage != null
              ? t("record.damaged")
              : counted("record.lost", completeness.missing + completeness.refused)}
      </td>
    </tr>
  );
}
