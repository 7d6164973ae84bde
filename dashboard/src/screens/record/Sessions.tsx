import type { JSX } from "preact";
import { useLayoutEffect, useMemo } from "preact/hooks";
import { counted, minutes, moment, named, t } from "../../i18n/language";
import { browser } from "../../live/browser";
import { Icon } from "../../ui/icons";
import { Bulk } from "./Bulk";
import { all, NONE, spanned, toggled } from "./choosing";
import { Desk, Nothing, Outdated, Table } from "./Desk";
import { Filters } from "./Filters";
import { type Filter, filterOf, isAny, searchOf } from "./filter";
import { idsOf, List } from "./list";
import { type SessionRecord, whole } from "./record";

const AGAIN_MS = 5000;

/** All sessions, newest first, or those that fit the filter; what comes and ends meanwhile is shown within seconds. */
export function Sessions(): JSX.Element {
  const list = useMemo(() => new List(filterOf(location.search)), []);
  const { filter, items, next, why, chosen, gathering } = list;
  const choose = (wanted: Filter) => {
    history.replaceState(history.state, "", `${location.pathname}${searchOf(wanted)}`);
    void list.choose(wanted);
  };
  const choosing: Choosing = {
    toggle: (id) => {
      chosen.value = toggled(chosen.value, id);
    },
    span: (from, to) => {
      chosen.value = spanned(chosen.value, idsOf(items.value), from, to, true);
    },
    all: () => {
      chosen.value = all(chosen.value, idsOf(items.value));
    },
  };
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => walk(event, choosing);
    addEventListener("keydown", press);
    let waiting = () => {};
    const again = () => {
      if (document.visibilityState === "visible") void list.renew();
      waiting = browser.later(again, AGAIN_MS);
    };
    void list.ask(null);
    waiting = browser.later(again, AGAIN_MS);
    return () => {
      removeEventListener("keydown", press);
      waiting();
      list.close();
    };
  }, []);

  if (items.value === null) return <Nothing why={why.value} />;
  const mine = items.value.filter(({ session }) => chosen.value.has(session));
  const ended = mine.filter(({ ended_utc }) => ended_utc !== null);
  return (
    <Desk here={null}>
      <header>
        <h1>{t("record.sessions")}</h1>
        <p class="about">{t("list.keys")}</p>
      </header>
      <Filters filter={filter.value} listed={items.value.map(({ machine }) => machine)} choose={choose} />
      <Bulk
        records={ended}
        running={mine.length - ended.length}
        clear={() => {
          chosen.value = NONE;
        }}
      />
      {mine.length > 0 && mine.length === items.value.length && next.value !== null && (
        <button type="button" class="more" disabled={gathering.value} onClick={() => void list.gather()}>
          {t("bulk.gather")}
        </button>
      )}
      {items.value.length === 0 ? (
        <p class="none">{t(isAny(filter.value) ? "record.none" : "list.noneFound")}</p>
      ) : (
        <Table name={t("record.sessions")}>
          <table class="sessions">
            <thead>
              <tr>
                <th scope="col" data-head={t("bulk.all")}>
                  <input
                    type="checkbox"
                    aria-label={t("bulk.all")}
                    checked={mine.length === items.value.length}
                    onChange={choosing.all}
                  />
                </th>
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
                <Row
                  key={record.session}
                  record={record}
                  chosen={chosen.value.has(record.session)}
                  toggle={choosing.toggle}
                />
              ))}
            </tbody>
          </table>
        </Table>
      )}
      {next.value !== null && (
        <button type="button" class="more" disabled={gathering.value} onClick={() => void list.ask(next.value)}>
          {t("record.more")}
        </button>
      )}
      {why.value !== null && <Outdated why={why.value} />}
    </Desk>
  );
}

interface Choosing {
  toggle: (id: string) => void;
  span: (from: string, to: string) => void;
  all: () => void;
}

/**
 * Up and down go from row to row, with Shift choosing them; X chooses the one at hand, A all, E goes to what can be done with them;
 * R opens the replay of the one at hand, / goes to the filter.
 */
function walk(event: KeyboardEvent, choosing: Choosing): void {
  const at = event.target as Element;
  if (event.ctrlKey || event.metaKey || event.altKey || at.matches("input:not([type=checkbox]), select")) return;
  const rows = [...document.querySelectorAll<HTMLAnchorElement>(".sessions tbody th a")];
  const here = rows.findIndex((link) => link.closest("tr")?.contains(at));
  const id = (n: number) => rows[n]?.closest("tr")?.dataset.session ?? "";
  const key = event.key.toLowerCase();
  if (key === "/") document.getElementById("filter")?.focus();
  else if (key === "arrowdown" || key === "arrowup") {
    const to = here < 0 ? 0 : Math.min(Math.max(here + (key === "arrowdown" ? 1 : -1), 0), rows.length - 1);
    rows[to]?.focus();
    if (event.shiftKey && here >= 0) choosing.span(id(here), id(to));
  } else if (key === "r" && here >= 0) {
    rows[here]?.closest("tr")?.querySelector<HTMLAnchorElement>("a.replay")?.click();
  } else if (key === "x" && here >= 0) choosing.toggle(id(here));
  else if (key === "a") choosing.all();
  else if (key === "e") document.getElementById("bulk")?.focus();
  else return;
  event.preventDefault();
}

function Row({
  record,
  chosen,
  toggle,
}: {
  record: SessionRecord;
  chosen: boolean;
  toggle: (id: string) => void;
}): JSX.Element {
  const { session, sets, started_utc, ended_utc, completeness, flags } = record;
  const fine = whole(record);
  const repetitions = sets.reduce((sum, set) => sum + set.full + set.short + set.partial, 0);
  const address = `/sessions/${encodeURIComponent(session)}`;
  return (
    <tr data-session={session} data-chosen={chosen}>
      <td class="choose">
        <input
          type="checkbox"
          aria-label={t("bulk.choose", { session: `${moment(started_utc)}, ${record.machine}` })}
          checked={chosen}
          onChange={() => toggle(session)}
        />
      </td>
      <th scope="row" class="words">
        <a href={address}>{moment(started_utc)}</a>
      </th>
      <td class="words machine" data-long={record.machine.length > 20}>
        {record.machine}
      </td>
      <td class="words">{record.plan?.label ?? "–"}</td>
      <td data-head={t("record.sets")}>{sets.length}</td>
      <td data-head={t("record.repetitions")}>{repetitions}</td>
      <td data-head={t("record.time")}>
        {ended_utc === null ? "–" : minutes((Date.parse(ended_utc) - Date.parse(started_utc)) / 1000)}
      </td>
      <td class="words" data-whole={fine}>
        <Icon name={ended_utc === null ? "connecting" : fine ? "whole" : "stale"} />{" "}
        {ended_utc === null
          ? t("record.running")
          : fine
            ? t("record.whole")
            : record.damage != null
              ? t("record.damaged")
              : completeness.open_ended
                ? t("record.endUnknown")
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
