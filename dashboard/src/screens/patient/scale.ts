/** Heights on the chart: extension is up, and whatever lies out of range stays on the canvas. Pure. */
import type { Machine } from "../../live/machine";

export const DOT_PX = 28;
/** Beside the angles that were seen. */
const BESIDE_DEG = 5;

/** The angles at the upper and the lower edge. */
export interface Scale {
  top_deg: number;
  bottom_deg: number;
}

/** The scale of a plan's range with room for the tolerance; without a plan the machine's 0-72 degrees and what has been seen. */
export function scaleOf(machine: Machine, seen: Scale | null): Scale {
  if (machine.plan === null) {
    return { top_deg: Math.min(0, seen?.top_deg ?? 0), bottom_deg: Math.max(72, seen?.bottom_deg ?? 72) };
  }
  const { flexion_deg, extension_deg } = machine.plan.range;
  const room = Math.max(0.14 * (flexion_deg - extension_deg), 2 * machine.plan.tolerance.angle_deg);
  return { top_deg: extension_deg - room, bottom_deg: flexion_deg + room };
}

/** What has been seen, with another angle. */
export function widen(seen: Scale | null, angle_deg: number | null): Scale | null {
  if (angle_deg === null) return seen;
  const top_deg = Math.min(seen?.top_deg ?? Number.POSITIVE_INFINITY, angle_deg - BESIDE_DEG);
  const bottom_deg = Math.max(seen?.bottom_deg ?? Number.NEGATIVE_INFINITY, angle_deg + BESIDE_DEG);
  return { top_deg, bottom_deg };
}

export function heightOf(scale: Scale, height: number): (angle_deg: number) => number {
  const inset = DOT_PX / 2 + 4;
  const span = scale.bottom_deg - scale.top_deg;
  return (angle_deg) => {
    const y = ((angle_deg - scale.top_deg) / span) * height;
    return Math.min(height - inset, Math.max(inset, y));
  };
}
