/** What a tile of the wall says, as plain values. Pure. */
import { known, number, t } from "../../i18n/language";
import { type Ending, endingOf } from "../../live/ending";
import { LATE_MS } from "../../live/freshness";
import type { Machine } from "../../live/machine";
import { ageText, feedOf, type ShownFeed } from "../../ui/Feed";
import type { IconName } from "../../ui/icons";
import type { Note } from "../../words/finding";
import { type Need, needOf, SIGNS } from "./attention";
import { type Brief, briefOf } from "./brief";
import { type KeptNote, keptNote } from "./kept";
import { notesOf } from "./notes";

const WINDOW_MS = 10_000;

export interface Sign {
  icon: IconName | null;
  word: string;
}

const ENDS: Record<Ending, () => Sign> = {
  done: () => ({ icon: "done", word: t("wall.done") }),
  ended: () => ({ icon: "stop", word: t("wall.ended") }),
  broken: () => ({ icon: "stale", word: t("wall.interrupted") }),
};

export interface TileView {
  site: string;
  name: string;
  label: string | null;
  need: Need | null;
  icon: IconName | null;
  word: string;
  /** What the tile says first: what is needed, else what the machine does. */
  head: Sign;
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
  /** The one thing of all that, for a tile with one line for it. */
  brief: Brief | null;
}

export function tileOf(machine: Machine, local_ms: number): TileView {
  const feed = feedOf(machine, local_ms);
  const age_ms = machine.age(local_ms);
  const stale = age_ms === null || age_ms > LATE_MS;
  const need = needOf(machine, local_ms);
  const { icon, word } = stateOf(machine, need, stale, local_ms);
  const called = calledFor(machine, need);
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
    head: called === null ? { icon, word } : { icon: SIGNS[called], word: calledOf(machine, called, stale) },
    count: stale ? "--" : String(machine.current),
    most: most === undefined ? null : String(most),
    peak: peak === null ? "--" : number(peak),
    feed,
    age: ageText(feed, age_ms),
    stale,
    notes: notesOf(machine, stale, local_ms),
    kept: kept === null ? null : keptNote(kept),
    brief: briefOf(machine, called, stale, local_ms),
  };
}

/** The need that the tile says; one that waits does nothing else, and how a set failed is said less loudly when it is over. */
function calledFor(machine: Machine, need: Need | null): Need | null {
  const over = machine.set === null && machine.ended !== null;
  if (need === "waiting" || (over && (need === "failure" || need === "likely" || need === "unsure"))) return null;
  return need;
}

function calledOf(machine: Machine, need: Need, stale: boolean): string {
  if (need === "fault" || (need === "signal" && !stale)) return t("wall.sensor");
  const key = `tile.${need}`;
  const word = known(key) ? t(key) : t(`wall.${need}`);
  const pain = need === "pain" || need === "rated" ? painOf(machine, need) : "";
  return pain === "" ? word : `${word} ${pain}`;
}

/** The number of what the patient has said, for a call that is about his pain; empty where there is none. */
export function painOf({ answers: { pain, checkIn } }: Machine, need: Need): string {
  const said = need === "pain" || need === "rated" ? pain?.pain : need === "sore" ? checkIn?.pain : null;
  return said == null ? "" : t("wall.rating", { n: number(said) });
}

function stateOf(machine: Machine, need: Need | null, stale: boolean, local_ms: number): Sign {
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
  if (machine.ended !== null) return ENDS[endingOf(machine.ended.reason)]();
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

/** So many tiles have room for sentences; smaller ones say the same in single lines. */
const ROOMY = 6;

export function isDense(machines: number): boolean {
  return machines > ROOMY;
}
