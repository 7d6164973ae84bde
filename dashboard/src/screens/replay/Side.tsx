import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { named, number, t } from "../../i18n/language";
import type { Bench } from "./bench";
import { type SignalName, valueAt } from "./columns";
import { feedAt } from "./feed";
import { Listing } from "./Listing";
import { byTime, GROUPS, type Group, groupOf, MARKED } from "./lanes";
import { Mirror } from "./Mirror";
import { clock } from "./moment";
import { CHARTS, chartsOf, type InsideName } from "./panels";
import { RerunPanel } from "./RerunPanel";
import { details, title } from "./words";

export type Tab = "events" | "rerun" | "marks" | "leaves";
const TABS: readonly Tab[] = ["events", "rerun", "marks", "leaves"];
/** Events that say how it goes on, many in every repetition. */
const MINOR: readonly string[] = ["phase_entered", "repetition_started"];

/** Beside the picture: the values at the playhead, and the lists. */
export function Side({ bench }: { bench: Bench }): JSX.Element {
  const { tab } = bench;
  return (
    <aside class="side">
      <PatientScreen bench={bench} />
      <Readout bench={bench} />
      <div class="tabs" role="tablist">
        {TABS.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-controls="tab"
            aria-selected={tab.value === name}
            onClick={() => {
              tab.value = name;
            }}
          >
            {t(`replay.tab.${name}`)}
          </button>
        ))}
      </div>
      <div class="tab" role="tabpanel" id="tab" aria-labelledby={`tab-${tab.value}`}>
        {tab.value === "events" ? (
          <Events bench={bench} />
        ) : tab.value === "rerun" ? (
          <RerunPanel bench={bench} />
        ) : tab.value === "marks" ? (
          <Marks bench={bench} />
        ) : (
          <Recording bench={bench} />
        )}
      </div>
    </aside>
  );
}

/** What the patient saw; folded away by who doesn't need it. */
function PatientScreen({ bench }: { bench: Bench }): JSX.Element {
  const { machine = "" } = bench.record.value ?? {};
  return (
    <section class="mirror">
      <button
        type="button"
        aria-expanded={bench.screen.value}
        aria-keyshortcuts="V"
        onClick={() => bench.act({ do: "screen" })}
      >
        {t("replay.screen")}
      </button>
      {bench.screen.value && <Mirror bench={bench} />}
      {bench.screen.value && bench.record.value?.ended_utc === null && (
        <a href={`/screen/${machine}`}>{t("replay.screenLive")}</a>
      )}
    </section>
  );
}

const ROWS: readonly {
  name: SignalName;
  word: "angle" | "cue" | "torque" | "speed";
  unit: string;
  decimals: number;
}[] = [
  { name: "angle_deg", word: "angle", unit: "°", decimals: 1 },
  { name: "cue_deg", word: "cue", unit: "°", decimals: 1 },
  { name: "torque_nm", word: "torque", unit: "Nm", decimals: 0 },
  { name: "speed_deg_s", word: "speed", unit: "°/s", decimals: 1 },
];

/** The values at the playhead, and at the pointer where that is over the picture. */
function Readout({ bench }: { bench: Bench }): JSX.Element {
  bench.came.value;
  const times = [bench.player.value.at_s, bench.hover_s.value] as const;
  bench.view.value;
  const panels = bench.panels.value;
  const hand = bench.best();
  const shown = (name: SignalName, at_s: number | null, decimals: number) =>
    written(hand === null || at_s === null ? null : valueAt(hand.measured, name, at_s), decimals);
  const insideAt = (name: InsideName, at_s: number | null, decimals: number) =>
    written(hand === null || hand.inside === null || at_s === null ? null : valueAt(hand.inside, name, at_s), decimals);
  // The same from frame to frame, so it is not gone through in each.
  const feed = useMemo(() => <FeedRow bench={bench} />, [bench]);
  const inner = chartsOf(panels)
    .slice(CHARTS.length)
    .flatMap(({ signals, unit, decimals }) =>
      signals.map(({ name }) => ({ name: name as InsideName, unit, decimals: name === "progress" ? 3 : decimals + 1 })),
    );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard (WCAG 2.1.1).
    <section class="readouts" aria-label={t("replay.values")} tabIndex={0}>
      <table class="readout">
        <thead>
          <tr>
            <th scope="col">
              <span class="unseen">{t("replay.signal")}</span>
            </th>
            <th scope="col">{t("replay.playhead")}</th>
            <th scope="col">{t("replay.pointer")}</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{t("replay.time")}</th>
            {times.map((at_s, n) => (
              <td key={n}>
                <span>{at_s === null ? "–" : clock(at_s)}</span>
              </td>
            ))}
          </tr>
          {ROWS.map(({ name, word, unit, decimals }) => (
            <tr key={name}>
              <th scope="row">
                {t(`replay.${word}`)} <span class="unit">{unit}</span>
              </th>
              {times.map((at_s, n) => (
                <td key={n}>
                  <span>{shown(name, at_s, decimals)}</span>
                </td>
              ))}
            </tr>
          ))}
          {feed}
          {inner.map(({ name, decimals, unit }) => (
            <tr key={name}>
              <th scope="row">
                {named("replay.inside", name)} <span class="unit">{unit}</span>
              </th>
              {times.map((at_s, n) => (
                <td key={n}>
                  <span>{insideAt(name, at_s, decimals)}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What the screens showed the feed as. */
function FeedRow({ bench }: { bench: Bench }): JSX.Element {
  const at = (at_s: number | null) => (at_s === null ? null : (feedAt(bench.feed.value, at_s) ?? "unknown"));
  const there = useComputed(() => at(bench.player.value.at_s));
  const hovered = useComputed(() => at(bench.hover_s.value));
  return (
    <tr>
      <th scope="row">{t("replay.lane.feed")}</th>
      {[there.value, hovered.value].map((kind, n) => (
        <td key={n}>
          <span>{kind === null ? "–" : named("feed", kind)}</span>
        </td>
      ))}
    </tr>
  );
}

function written(value: number | null, decimals: number): string {
  if (value === null) return "–";
  const rounded = Number(value.toFixed(decimals));
  return number(rounded === 0 ? 0 : rounded, decimals);
}

function Events({ bench }: { bench: Bench }): JSX.Element {
  const groups = useSignal<readonly Group[]>([...MARKED, "course"]);
  const minor = useSignal(false);
  const listed = useComputed(() =>
    byTime(bench.events.value).filter(
      (event) => groups.value.includes(groupOf(event.kind)) && (minor.value || !MINOR.includes(event.kind)),
    ),
  );
  const told = listed.value;
  return (
    <>
      <fieldset class="chips">
        <legend class="unseen">{t("replay.groups")}</legend>
        {(Object.keys(GROUPS) as Group[]).map((group) => (
          <label key={group}>
            <input
              type="checkbox"
              checked={groups.value.includes(group)}
              onChange={() => {
                groups.value = groups.value.includes(group)
                  ? groups.value.filter((one) => one !== group)
                  : [...groups.value, group];
              }}
            />
            <Shape group={group} />
            {t(`replay.group.${group}`)}
          </label>
        ))}
        <label>
          <input
            type="checkbox"
            checked={minor.value}
            onChange={() => {
              minor.value = !minor.value;
            }}
          />
          {t("replay.minor")}
        </label>
      </fieldset>
      {told.length === 0 && <p class="none">{t(bench.heard.value ? "replay.noEvents" : "record.eventsUnknown")}</p>}
      <Listing bench={bench} items={told} scrolls>
        {(event) => (
          <>
            <time>{clock(event.at_s)}</time>
            <Shape group={groupOf(event.kind)} />
            <span>
              <strong>{title(event)}</strong>
              {details(event).length > 0 && <small>{details(event).join(" · ")}</small>}
            </span>
          </>
        )}
      </Listing>
    </>
  );
}

/** The mark of a group as in its lane. */
export function Shape({ group }: { group: Group }): JSX.Element {
  return (
    <svg class="shape" data-group={group} viewBox="0 0 12 12" aria-hidden="true">
      {group === "failure" ? (
        <path d="M6 0 L12 12 H0 Z" />
      ) : group === "cadence" ? (
        <path d="M6 0 L12 6 L6 12 L0 6 Z" />
      ) : group === "safety" ? (
        <rect x="1" y="1" width="10" height="10" />
      ) : group === "signal" ? (
        <circle cx="6" cy="6" r="5" />
      ) : (
        <path d="M1 5 H11 V7 H1 Z" />
      )}
    </svg>
  );
}

/** Its code comes when somebody opens it, as do its data. */
function Recording({ bench }: { bench: Bench }): JSX.Element {
  const pages = useSignal<typeof import("./leaves") | null>(null);
  useEffect(() => void import("./leaves").then((loaded) => (pages.value = loaded)), []);
  const { value } = pages;
  return value === null ? <p class="none">{t("leaf.loading")}</p> : <value.Leaves bench={bench} />;
}

function Marks({ bench }: { bench: Bench }): JSX.Element {
  return (
    <>
      <p class="none">{t("replay.marksHint")}</p>
      <ol class="marks">
        {bench.marks.list.value.map(({ at_s, note }) => (
          <li key={at_s}>
            <button type="button" class="time" onClick={() => bench.seek(at_s)}>
              {clock(at_s)}
            </button>
            <input
              value={note}
              maxLength={120}
              aria-label={t("replay.note", { time: clock(at_s) })}
              placeholder={t("replay.notePlace")}
              onChange={(event) => bench.marks.rename(at_s, event.currentTarget.value)}
            />
            <button
              type="button"
              aria-label={t("replay.unmark", { time: clock(at_s) })}
              onClick={() => bench.marks.remove(at_s)}
            >
              ×
            </button>
          </li>
        ))}
      </ol>
      <button type="button" class="add" onClick={() => bench.act({ do: "bookmark" })}>
        {t("replay.markHere", { time: clock(bench.player.value.at_s) })}
      </button>
    </>
  );
}
