/** What the patient is shown: one of the states of robustness-and-screens 3.6, from the machine and the time. Pure. */
import { endingOf } from "../../live/ending";
import { FREEZE_MS, STALE_MS } from "../../live/freshness";
import type { Machine } from "../../live/machine";
import { versionOf } from "../../live/version";
import type { Phase, SetEnded } from "../../wire.gen";
import { COUNTDOWN_S, Sight } from "./sight";
import { Stall } from "./stall";

/** So long the result of a set stands at least, unless the next one begins. */
export const READ_MS = 20_000;

export type SceneKind =
  | "connecting"
  | "offline"
  | "silent"
  | "restarting"
  | "idle"
  | "unreleased"
  | "checkin"
  | "free"
  | "positioning"
  | "countdown"
  | "running"
  | "rest"
  | "paused"
  | "interrupted"
  | "frozen"
  | "lost"
  | "sensor"
  | "halt"
  | "release"
  | "stall"
  | "done"
  | "ended"
  | "broken"
  | "pain";

export interface Scene {
  kind: SceneKind;
  /** Of the cue while it runs, of the detector where there is no plan. */
  phase: Phase | null;
  /** Whole seconds left, of the countdown, the phase or the rest. */
  digit: number | null;
  /** How much of the hold or of the rest is over, 0-1. */
  share: number | null;
  /** Seconds since the cue's origin, where the target is drawn; negative ahead of it. */
  since_s: number | null;
  /** The target shows from this cue time on: later than 0 on the way back after this screen was blind. */
  from_s: number;
  /** The dot may be shown: its newest angle is sound. */
  fresh: boolean;
  /** The signal has been slow for a while: the dot lags behind the patient. */
  slow: boolean;
  /** The patient is in the start zone. */
  seated: boolean;
  /** Sound may be scheduled up to this time of this page, ms: only while the cue runs, and never past the freeze. */
  sound_until_ms: number;
}

const STILL: Omit<Scene, "kind"> = {
  phase: null,
  digit: null,
  share: null,
  since_s: null,
  from_s: 0,
  fresh: false,
  slow: false,
  seated: false,
  sound_until_ms: Number.NEGATIVE_INFINITY,
};

/** What this screen remembers from one repaint to the next. */
export class Watch {
  readonly sight = new Sight();
  readonly stall = new Stall();
}

/** What this screen knows beside the machine. */
export interface Here {
  /** Pain was pressed here, whatever the service has heard of it. */
  pain: boolean;
  /** Before the first set the patient is asked how he is. */
  asks: boolean;
  /** How long the rest after a set is, s; 0 = none is prescribed. */
  rest_s: number;
}

/** The scene at a time of this page; `still_ms` = how long the picture stood still before. */
export function sceneOf(machine: Machine, local_ms: number, watch: Watch, here: Here, still_ms = 0): Scene {
  const age_ms = machine.age(local_ms);
  const { sight, stall } = watch;
  const { sound: fresh, slow, seated, since_s, from_s, until_ms } = sight.lead(machine, local_ms, still_ms);
  const leads = since_s !== null && from_s !== null && since_s >= from_s;
  const stalled = stall.stands(machine, leads);
  if (stalled) sight.breakOff();

  if (here.pain || machine.pain) return { ...STILL, kind: "pain", fresh };
  if (machine.said === null && age_ms === null) return { ...STILL, kind: "connecting" };
  if (machine.offline && (age_ms === null || age_ms > FREEZE_MS)) return { ...STILL, kind: away(machine) };
  if (age_ms === null) return { ...STILL, kind: machine.said === "lost" ? away(machine) : "connecting" };
  if (age_ms > FREEZE_MS) return { ...STILL, kind: silence(machine, age_ms) };
  if (!fresh) return { ...STILL, kind: "sensor" };

  const seen = { ...STILL, fresh, slow, seated };
  if (machine.findings.halt) return { ...seen, kind: "halt" };
  if (machine.findings.release && machine.set !== null) return { ...seen, kind: "release" };
  if (stalled) return { ...seen, kind: "stall" };
  if (machine.plan === null || machine.path === null) {
    if (machine.set !== null) return { ...seen, kind: "free", phase: machine.phase };
    if (machine.ended !== null) return { ...seen, kind: endingOf(machine.ended.reason) };
    if (machine.session !== null) return { ...seen, kind: "free" };
    return { ...seen, kind: machine.keep.refusal === null ? "idle" : "unreleased" };
  }
  if (since_s !== null && from_s !== null) {
    const wait_s = from_s - since_s;
    if (wait_s > COUNTDOWN_S) return { ...seen, kind: "positioning" };
    const led = { ...seen, since_s, from_s, sound_until_ms: until_ms };
    if (wait_s > 0) return { ...led, kind: "countdown", digit: Math.ceil(wait_s) };
    const { phase, left_s } = machine.path.phaseAt(since_s);
    const share = phase === "hold" ? 1 - left_s / machine.plan.tempo.hold_s : null;
    return { ...led, kind: "running", phase, digit: left_s > 0 ? Math.ceil(left_s) : null, share };
  }
  if (machine.paused) return { ...seen, kind: "paused" };
  if (machine.set !== null) return { ...seen, kind: "interrupted" };
  return { ...seen, ...between(machine, local_ms, here) };
}

/** Off; in a set it is the sensor that is away (F05), and somebody sits strapped in. */
function away({ set }: Machine): "offline" | "restarting" {
  return set === null ? "offline" : "restarting";
}

/** Data that is too old: who has nothing to hold is not asked to hold it. */
function silence({ session, set, plan }: Machine, age_ms: number): "silent" | "lost" | "frozen" {
  if (session === null && set === null && plan === null) return "silent";
  return age_ms > STALE_MS ? "lost" : "frozen";
}

/**
 * The set that was over a moment ago, under the same plan as now: whoever is stopped on his way still lowers the load, and that movement
 * opens a session of its own; the result stays until it can have been read.
 */
function lately({ over, ended_ms, plan }: Machine, local_ms: number): SetEnded | null {
  return over !== null && local_ms - ended_ms < READ_MS && versionOf(over.plan) === versionOf(plan) ? over.ended : null;
}

/** Before a set, or after one. */
function between(machine: Machine, local_ms: number, { rest_s, asks }: Here): Pick<Scene, "kind"> & Partial<Scene> {
  const ended = machine.ended ?? lately(machine, local_ms);
  if (ended === null && machine.keep.refusal !== null) return { kind: "unreleased" };
  if (ended === null) return { kind: asks ? "checkin" : "positioning" };
  const ending = endingOf(ended.reason);
  // After any other end no further set is announced.
  if (rest_s <= 0 || machine.session === null || ending !== "done") return { kind: ending };
  const left_s = rest_s - (local_ms - machine.ended_ms) / 1000;
  if (left_s <= 0) return { kind: "positioning" };
  return { kind: "rest", digit: Math.ceil(left_s), share: 1 - left_s / rest_s };
}
