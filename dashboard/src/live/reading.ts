/** Readings of the angle: which can be any, and when the newest of a frame was taken. */
import type { FaultKind, Frame } from "../wire.gen";

/** Faults of the angle under which it says nothing of where the patient is; the others mark single readings. */
export const LYING: readonly FaultKind[] = ["stuck", "wrapped", "swapped", "inverted", "scaled"];

/** No angle lies beyond (the service's `angle_most_deg`, decision 0100). */
const ANGLE_MOST_DEG = 720;

/** False of no reading, and of one that no machine could have. */
export function plausible(angle_deg: number | null | undefined): boolean {
  return Math.abs(angle_deg ?? Number.NaN) <= ANGLE_MOST_DEG;
}

/** Device time of the newest angle of a frame, ms; null without one. The angle that a frame shows is held for a moment after its last reading. */
export function angledAt({ t_ns, angle_deg, trace }: Frame): number | null {
  if (!plausible(angle_deg)) return null;
  const last = trace.angle_deg.findLastIndex(plausible);
  if (last >= 0) return (trace.t_ns[last] ?? t_ns) / 1e6;
  return trace.t_ns.length === 0 ? t_ns / 1e6 : null;
}
