/** What a tile of the wall says, as plain values. Pure. */
import { number, t } from "../../i18n/language";
import { LATE_MS } from "../../live/freshness";
import type { Machine } from "../../live/machine";
import { ageText, feedOf, type ShownFeed } from "../../ui/Feed";
import type { IconName } from "../../ui/icons";
import type { Note } from "../../words/finding";
import { type Need, needOf } from "./attention";
import { type KeptNote, keptNote } from "./kept";
import { notesOf } from "./notes";

const WINDOW_MS = 10_000;

export interface TileView {
  site: string;
  name: string;
  label: string | null;
  need: Need | null;
  icon: IconName | null;
  word: string;
  count: string;
  most: string | null;
  peak: string | null;
  feed: ShownFeed;
  age: string | null;
  /** Nothing here is of now: hatch and `--`. */
  stale: boolean;
  notes: Note[];
  /** What is not kept as it should be. */
  kept: KeptNote | null;
}

export function tileOf(machine: Machine, local_ms: number): TileView {
  const feed = feedOf(machine, local_ms);
  const age_ms = machine.age(local_ms);
  const stale = age_ms === null || age_ms > LATE_MS;
  const need = needOf(machine, local_ms);
  const { icon, word } = stateOf(machine, need, stale, local_ms);
  const peak = stale ? null : peakOf(machine);
  const [site = "", name = ""] = machine.name.split("/");
  const most = machine.plan?.repetitions.most;
  const kept = machine.keep.most(local_ms);
  return {
    site,
    name,
    label: machine.plan?.label ?? null,
    need,
    icon,
    word,
    count: stale ? "--" : String(machine.current),
    most: most === undefined ? null : String(most),
    peak: peak === null ? "--" : number(peak),
    feed,
    age: ageText(feed, age_ms),
    stale,
    notes: notesOf(machine, stale, local_ms),
    kept: kept === null ? null : keptNote(kept),
  };
}

function stateOf(
  machine: Machine,
  need: Need | null,
  stale: boolean,
  local_ms: number,
): { icon: IconName | null; word: string } {
  if (need === "pain") return { icon: "pain", word: t("wall.pain") };
  if (need === "conflict") return { icon: "double", word: t("wall.conflict") };
  if (need === "outdated") return { icon: "stale", word: t("wall.outdated") };
  if (stale) {
    if (need === "signal") return { icon: "stale", word: t("wall.signal") };
    return { icon: null, word: machine.offline ? t("wall.offline") : "--" };
  }
  if (need === "invalid") return { icon: "stale", word: t("wall.invalid") };
  if (need === "signal" || need === "fault") return { icon: "stale", word: t("wall.sensor") };
  if (need === "paused") return { icon: "pause", word: t("wall.paused") };
  if (need === "interrupted") return { icon: "pause", word: t("wall.interrupted") };
  const since_s = machine.cue.running ? machine.sinceOrigin(local_ms) : null;
  if (since_s !== null && since_s < 0) return { icon: "waiting", word: t("wall.countdown") };
  if (machine.set !== null) {
    return machine.phase === null
      ? { icon: "turn", word: t("phase.turn") }
      : { icon: machine.phase, word: t(`phase.${machine.phase}`) };
  }
  if (machine.ended !== null) return { icon: "done", word: t("wall.done") };
  if (machine.plan !== null) return { icon: "waiting", word: t("wall.position") };
  return { icon: null, word: machine.session === null ? t("wall.free") : t("wall.noPlan") };
}

/** The greatest torque of the strip's ten seconds, Nm; null without torque. */
function peakOf(machine: Machine): number | null {
  const { trace } = machine;
  let peak: number | null = null;
  for (let i = trace.firstSince(trace.time(trace.length - 1) - WINDOW_MS); i < trace.length; i++) {
    const torque = trace.torque(i);
    if (!Number.isNaN(torque) && (peak === null || torque > peak)) peak = torque;
  }
  return peak;
}

/** Columns for so many machines, so that every tile is as large as can be (24 at most on one page, then it scrolls). */
export function columnsFor(machines: number): number {
  const steps = [1, 2, 3, 4, 6, 9, 12, 15, 20, 24];
  const columns = [1, 2, 3, 2, 3, 3, 4, 5, 5, 6];
  const step = steps.findIndex((most) => machines <= most);
  return columns[step] ?? 6;
}
