/** What the patient screen writes, as plain values; compared before it is shown, so that nothing flickers. Pure. */
import type { Refusal } from "../../live/keeping";
import type { Machine } from "../../live/machine";
import { beatAt } from "../../ui/Beat";
import { ageText, feedOf, type ShownFeed } from "../../ui/Feed";
import type { Phase } from "../../wire.gen";
import type { Scene, SceneKind } from "./scene";

const HINT_MS = 2500;
/** Of the reserve a patient hears only that it comes to an end (detection 4.6). */
const LAST = 3;

export interface View {
  kind: SceneKind;
  phase: Phase | null;
  digit: number | null;
  current: number;
  most: number | null;
  label: string | null;
  load_nm: number | null;
  set: number | null;
  feed: ShownFeed;
  age: string | null;
  beat: number;
  hint: "fast" | "slow" | null;
  /** Three repetitions may be left at most. */
  last: boolean;
  /** The last repetition has a gap in it, or is void: it gets no marks. */
  gapped: boolean;
  unrecorded: boolean;
  refusal: Refusal | null;
  /** The cue runs, and this screen waits for the next cycle: nobody has to start anything. */
  resuming: boolean;
  /** 0-3 marks for the last repetition; null where there is none or no band. */
  quality: number | null;
  done: { count: number; full: number; duration_s: number | null } | null;
}

/** Marks of a repetition by the share of its time in the band. */
export function marks(time_in_band: number): number {
  if (time_in_band >= 0.9) return 3;
  if (time_in_band >= 0.7) return 2;
  return time_in_band >= 0.4 ? 1 : 0;
}

export function viewOf(machine: Machine, scene: Scene, local_ms: number): View {
  const feed = feedOf(machine, local_ms);
  const last = machine.repetitions[machine.repetitions.length - 1];
  const gapped = last?.flags.some((flag) => flag === "gap" || flag === "void") ?? false;
  const { hint, ended } = machine;
  const hinted = scene.kind === "running" && hint !== null && local_ms - hint.local_ms < HINT_MS;
  return {
    kind: scene.kind,
    phase: scene.phase,
    digit: scene.digit,
    current: machine.current,
    most: machine.plan?.repetitions.most ?? null,
    label: machine.plan?.label ?? null,
    load_nm: machine.plan?.load_nm ?? null,
    set: machine.set,
    feed,
    age: ageText(feed, machine.age(local_ms)),
    beat: beatAt(local_ms),
    hint: hinted ? hint.direction : null,
    last: machine.set !== null && machine.findings.reserve !== null && machine.findings.reserve.high <= LAST,
    gapped,
    unrecorded: machine.keep.unrecorded,
    refusal: machine.keep.refusal,
    resuming: machine.cue.running,
    quality: gapped || machine.path === null || last?.time_in_band == null ? null : marks(last.time_in_band),
    done:
      scene.kind === "done" && ended !== null
        ? { count: ended.full + ended.short + ended.partial, full: ended.full, duration_s: ended.duration_s }
        : null,
  };
}

/** True where both would look the same. */
export function same(a: View, b: View): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
