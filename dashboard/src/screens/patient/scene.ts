/** What the patient is shown: one of the states of robustness-and-screens 3.6, from the machine and the time. Pure. */
import { FREEZE_MS, STALE_MS } from "../../live/freshness";
import type { Machine } from "../../live/machine";
import type { Phase } from "../../wire.gen";
import { COUNTDOWN_S, type Sight } from "./sight";

export type SceneKind =
  | "connecting"
  | "offline"
  | "idle"
  | "free"
  | "positioning"
  | "countdown"
  | "running"
  | "paused"
  | "interrupted"
  | "frozen"
  | "lost"
  | "sensor"
  | "halt"
  | "release"
  | "done"
  | "pain";

export interface Scene {
  kind: SceneKind;
  /** Of the cue while it runs, of the detector where there is no plan. */
  phase: Phase | null;
  /** Whole seconds left, of the countdown or of the phase. */
  digit: number | null;
  /** Seconds since the cue's origin, where the target is drawn; negative ahead of it. */
  since_s: number | null;
  /** The target shows from this cue time on: later than 0 on the way back after this screen was blind. */
  from_s: number;
  /** The dot may be shown: its newest angle is sound. */
  fresh: boolean;
  /** Sound may be scheduled up to this time of this page, ms: only while the cue runs, and never past the freeze. */
  sound_until_ms: number;
}

const STILL: Omit<Scene, "kind"> = {
  phase: null,
  digit: null,
  since_s: null,
  from_s: 0,
  fresh: false,
  sound_until_ms: Number.NEGATIVE_INFINITY,
};

/**
 * The scene at a time of this page. `pain` = pressed here, whatever the service has heard of it; `still_ms` = how long the picture
 * stood still before.
 */
export function sceneOf(machine: Machine, local_ms: number, sight: Sight, pain: boolean, still_ms = 0): Scene {
  const age_ms = machine.age(local_ms);
  const { sound: fresh, since_s, from_s, until_ms } = sight.lead(machine, local_ms, still_ms);

  if (pain || machine.pain) return { ...STILL, kind: "pain", fresh };
  if (machine.said === null && age_ms === null) return { ...STILL, kind: "connecting" };
  if (machine.offline && (age_ms === null || age_ms > FREEZE_MS)) return { ...STILL, kind: "offline" };
  if (age_ms === null) return { ...STILL, kind: machine.said === "lost" ? "offline" : "connecting" };
  if (age_ms > STALE_MS) return { ...STILL, kind: "lost" };
  if (age_ms > FREEZE_MS) return { ...STILL, kind: "frozen" };
  if (!fresh) return { ...STILL, kind: "sensor" };

  const seen = { ...STILL, fresh: true };
  if (machine.findings.halt) return { ...seen, kind: "halt" };
  if (machine.findings.release && machine.set !== null) return { ...seen, kind: "release" };
  if (machine.plan === null || machine.path === null) {
    if (machine.set !== null) return { ...seen, kind: "free", phase: machine.phase };
    if (machine.ended !== null) return { ...seen, kind: "done" };
    return { ...seen, kind: machine.session === null ? "idle" : "free" };
  }
  if (since_s !== null && from_s !== null) {
    const led = { ...seen, since_s, from_s, sound_until_ms: until_ms };
    const wait_s = from_s - since_s;
    if (from_s > 0 && wait_s > COUNTDOWN_S) return { ...seen, kind: "positioning" };
    if (wait_s > 0) return { ...led, kind: "countdown", digit: Math.ceil(wait_s) };
    const { phase, left_s } = machine.path.phaseAt(since_s);
    return { ...led, kind: "running", phase, digit: Math.ceil(left_s) };
  }
  if (machine.paused) return { ...seen, kind: "paused" };
  if (machine.set !== null) return { ...seen, kind: "interrupted" };
  return { ...seen, kind: machine.ended === null ? "positioning" : "done" };
}
