/** What the patient screen writes, as plain values; compared before it is shown, so that nothing flickers. Pure. */
import { countOf } from "../../live/ending";
import type { Refusal } from "../../live/keeping";
import type { Machine } from "../../live/machine";
import { versionOf } from "../../live/version";
import { beatAt } from "../../ui/Beat";
import { ageText, feedOf, type ShownFeed } from "../../ui/Feed";
import type { Phase } from "../../wire.gen";
import type { Scene, SceneKind } from "./scene";

const HINT_MS = 2500;
const MINUTE_MS = 60_000;
/** So long it is said that a repetition did not count. */
const UNCOUNTED_MS = 4000;
/** Of the reserve a patient hears only that it comes to an end (detection 4.6). */
const LAST = 3;

/** States after a set, in which it is told what came of it. */
const OVER: ReadonlySet<string> = new Set(["rest", "done", "ended", "broken"]);

/** A set in three facts. */
export interface Result {
  count: number;
  full: number;
  /** The longest hold, s; null where none was measured. */
  hold_s: number | null;
  duration_s: number | null;
}

export interface View {
  kind: SceneKind;
  phase: Phase | null;
  digit: number | null;
  current: number;
  most: number | null;
  label: string | null;
  /** The plan's, as the machine's page names it. */
  version: string | null;
  load_nm: number | null;
  set: number | null;
  feed: ShownFeed;
  age: string | null;
  slow: boolean;
  beat: number;
  hint: "fast" | "slow" | null;
  /** The last repetition did not count: an attempt, or void. Said for a few seconds. */
  uncounted: boolean;
  /** Three repetitions may be left at most. */
  last: boolean;
  /** The last repetition has a gap in it, or is void: it gets no marks. */
  gapped: boolean;
  unrecorded: boolean;
  refusal: Refusal | null;
  /** The cue runs, and this screen waits for its next cycle (or, under `follow`, for the patient): nobody has to start anything. */
  resuming: "cue" | "patient" | null;
  seated: boolean;
  /** How much of a rest is over, 0-1. */
  share: number;
  /** The minute, Unix time in ms, where it is shown. */
  time: number;
  /** 0-3 marks for the last repetition; null where there is none or no band. */
  quality: number | null;
  result: Result | null;
}

/** Marks of a repetition by the share of its time in the band. */
export function marks(time_in_band: number): number {
  if (time_in_band >= 0.9) return 3;
  if (time_in_band >= 0.7) return 2;
  return time_in_band >= 0.4 ? 1 : 0;
}

export function viewOf(machine: Machine, scene: Scene, local_ms: number, utc_ms: number): View {
  const feed = feedOf(machine, local_ms);
  const last = machine.repetitions[machine.repetitions.length - 1];
  const gapped = last?.flags.some((flag) => flag === "gap" || flag === "void") ?? false;
  const uncounted = last !== undefined && (last.extent === "attempt" || last.flags.includes("void"));
  const { hint, plan } = machine;
  const result = OVER.has(scene.kind) ? resultOf(machine) : null;
  const hinted = scene.kind === "running" && hint !== null && local_ms - hint.local_ms < HINT_MS;
  return {
    kind: scene.kind,
    phase: scene.phase,
    digit: scene.digit,
    current: result?.count ?? machine.current,
    most: plan?.repetitions.most ?? null,
    label: plan?.label ?? null,
    version: versionOf(plan),
    load_nm: plan?.load_nm ?? null,
    set: machine.set,
    feed,
    age: ageText(feed, machine.age(local_ms)),
    slow: scene.slow,
    beat: beatAt(local_ms),
    hint: hinted ? hint.direction : null,
    uncounted: uncounted && machine.set !== null && local_ms - machine.completed_ms < UNCOUNTED_MS,
    last: machine.set !== null && machine.findings.reserve !== null && machine.findings.reserve.high <= LAST,
    gapped,
    unrecorded: machine.keep.unrecorded,
    refusal: machine.keep.refusal,
    resuming: machine.cue.running ? (plan?.pacing === "follow" ? "patient" : "cue") : null,
    seated: scene.seated,
    share: scene.kind === "rest" ? Math.round(200 * (scene.share ?? 0)) / 200 : 0,
    time: scene.kind === "idle" ? Math.floor(utc_ms / MINUTE_MS) * MINUTE_MS : 0,
    quality:
      gapped || uncounted || machine.path === null || last?.time_in_band == null ? null : marks(last.time_in_band),
    result,
  };
}

function resultOf({ over }: Machine): Result | null {
  if (over === null) return null;
  const { ended, hold_s } = over;
  return {
    count: countOf(ended),
    full: ended.full,
    hold_s,
    duration_s: ended.duration_s,
  };
}

/** True where both would look the same. */
export function same(a: View, b: View): boolean {
  return (Object.keys(a) as (keyof View)[]).every(
    (key) => a[key] === b[key] || (key === "result" && JSON.stringify(a.result) === JSON.stringify(b.result)),
  );
}
