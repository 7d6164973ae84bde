import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { counted, minutes, moment, named, t } from "../../i18n/language";
import { Icon } from "../../ui/icons";
import { sessions, Unanswered } from "./asking";
import { Desk, Nothing, Table } from "./Desk";
import { Filters } from "./Filters";
import { type Filter, filterOf, isAny, searchOf } from "./filter";
import { type SessionRecord, whole } from "./record";

/** All sessions, newest first, or those that fit the filter. */
export function Sessions(): JSX.Element {
  const filter = useSignal<Filter>(filterOf(location.search));
  const items = useSignal<SessionRecord[] | null>(null);
  const next = useSignal<string | null>(null);
  const why = useSignal<Unanswered["why"] | null>(null);
  const asked = useRef(0);
  const ask = async (after: string | null) => {
    // An answer that a newer question has overtaken is not shown.
    const number = ++asked.current;
    try {
      const page = await sessions(filter.value, after);
      if (number !== asked.current) return;
      items.value = after === null ? page.items : [...(items.value ?? []), ...page.items];
      next.value = page.next;
      why.value = null;
    } catch (error) {
      if (number === asked.current) why.value = error instanceof Unanswered ? error.why : "down";
    }
  };
  const choose = (chosen: Filter) => {
    filter.value = chosen;
    history.replaceState(history.state, "", `${location.pathname}${searchOf(chosen)}`);
    void ask(null);
  };
  useEffect(() => {
    void ask(null);
    addEventListener("keydown", walk);
    return () => removeEventListener("keydown", walk);
  }, []);

  if (items.value === null) return <Nothing why={why.value} />;
  return (
    <Desk here={null}>
      <header>
        <h1>{t("record.sessions")}</h1>
        <p class="about">{t("list.keys")}</p>
      </header>
      <Filters filter={filter.value} listed={items.value.map(({ machine }) => machine)} choose={choose} />
      {items.value.length === 0 ? (
        <p class="none">{t(isAny(filter.value) ? "record.none" : "list.noneFound")}</p>
      ) : (
        <Table name={t("record.sessions")}>
          <table class="sessions">
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
                <th scope="col" class="words">
                  {t("list.stands")}
                </th>
                <th scope="col">
                  <span class="unseen">{t("replay.open")}</span>
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
        <button type="button" class="more" onClick={() => void ask(next.value)}>
          {t("record.more")}
        </button>
      )}
      {why.value !== null && <p class="old">{t("down.title")}</p>}
    </Desk>
  );
}

/** Up and down go from row to row, R opens the replay of the one at hand, / goes to the filter. */
function walk(event: KeyboardEvent): void {
  const at = event.target as Element;
  if (event.ctrlKey || event.metaKey || event.altKey || at.matches("input:not([type=checkbox]), select")) return;
  const rows = [...document.querySelectorAll<HTMLAnchorElement>(".sessions tbody th a")];
  const here = rows.findIndex((link) => link.closest("tr")?.contains(at));
  if (event.key === "/") document.getElementById("filter")?.focus();
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const to = here < 0 ? 0 : Math.min(Math.max(here + (event.key === "ArrowDown" ? 1 : -1), 0), rows.length - 1);
    rows[to]?.focus();
  } else if (event.key.toLowerCase() === "r" && here >= 0) {
    rows[here]?.closest("tr")?.querySelector<HTMLAnchorElement>("a.replay")?.click();
  } else return;
  event.preventDefault();
}

function Row({ record }: { record: SessionRecord }): JSX.Element {
  const { session, sets, started_utc, ended_utc, completeness, flags } = record;
  const fine = whole(record);
  const repetitions = sets.reduce((sum, set) => sum + set.full + set.short + set.partial, 0);
  const address = `/sessions/${encodeURIComponent(session)}`;
  return (
    <tr>
      <th scope="row" class="words">
        <a href={address}>{moment(started_utc)}</a>
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
      <td class="words flags">
        {flags == null
          ? ended_utc !== null && t("list.unflagged")
          : flags.map((flag) => (
              <span key={flag} class="flag" data-flag={flag}>
                {named("list.flag", flag)}
              </span>
            ))}
      </td>
      <td>
        <a class="replay" href={`${address}/replay`}>
          {t("replay.open")}
        </a>
      </td>
    </tr>
  );
}
