import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { counted, minutes, moment, named, t } from "../../i18n/language";
import { browser } from "../../live/browser";
import { Icon } from "../../ui/icons";
import { sessions, type Unanswered, whyOf } from "./asking";
import { Bulk } from "./Bulk";
import { all, type Chosen, NONE, spanned, toggled } from "./choosing";
import { Desk, Nothing, Table } from "./Desk";
import { Filters } from "./Filters";
import { type Filter, filterOf, isAny, searchOf } from "./filter";
import { type SessionRecord, whole } from "./record";

/** More pages than this are not fetched to choose them all: 10,000 sessions. */
const MOST_PAGES = 200;
const AGAIN_MS = 5000;

/** All sessions, newest first, or those that fit the filter. */
export function Sessions(): JSX.Element {
  const filter = useSignal<Filter>(filterOf(location.search));
  const items = useSignal<SessionRecord[] | null>(null);
  const next = useSignal<string | null>(null);
  const why = useSignal<Unanswered | null>(null);
  const chosen = useSignal<Chosen>(NONE);
  const gathering = useSignal(false);
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
      if (number !== asked.current) return;
      const found = whyOf(error);
      why.value = found;
      if (items.value === null && found.passing)
        browser.later(() => {
          if (number === asked.current) void ask(after);
        }, AGAIN_MS);
    }
  };
  const choose = (wanted: Filter) => {
    filter.value = wanted;
    chosen.value = NONE;
    history.replaceState(history.state, "", `${location.pathname}${searchOf(wanted)}`);
    void ask(null);
  };
  /** Every page of those that fit, to choose them all. */
  const gather = async () => {
    gathering.value = true;
    for (let left = MOST_PAGES; next.value !== null && left > 0; left--) {
      const before = next.value;
      await ask(before);
      if (next.value === before) break;
    }
    gathering.value = false;
    chosen.value = new Set((items.value ?? []).map(({ session }) => session));
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
    void ask(null);
    const press = (event: KeyboardEvent) => walk(event, choosing);
    addEventListener("keydown", press);
    return () => {
      removeEventListener("keydown", press);
      asked.current += 1;
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
      {mine.length > 0 && (
        <Bulk
          records={ended}
          running={mine.length - ended.length}
          clear={() => {
            chosen.value = NONE;
          }}
        />
      )}
      {mine.length > 0 && mine.length === items.value.length && next.value !== null && (
        <button type="button" class="more" disabled={gathering.value} onClick={() => void gather()}>
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
                <th scope="col">
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
        <button type="button" class="more" onClick={() => void ask(next.value)}>
          {t("record.more")}
        </button>
      )}
      {why.value !== null && <p class="old">{t("down.title")}</p>}
    </Desk>
  );
}

interface Choosing {
  toggle: (id: string) => void;
  span: (from: string, to: string) => void;
  all: () => void;
}

function idsOf(items: readonly SessionRecord[] | null): string[] {
  return (items ?? []).map(({ session }) => session);
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
