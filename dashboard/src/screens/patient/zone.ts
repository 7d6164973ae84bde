/** The start zone: where the patient sits before the cue begins, at the flexed end of the plan's range. Pure. */
import type { Plan } from "../../wire.gen";
import type { Scale } from "./scale";

const LEAST_DEG = 3;
const SHARE = 0.1;

/** A tenth of the range to either side of the flexed end, 3 degrees and the plan's tolerance at the least. */
export function startZone({ range, tolerance }: Plan): Scale {
  const { flexion_deg, extension_deg } = range;
  const room = Math.max(LEAST_DEG, tolerance.angle_deg, SHARE * (flexion_deg - extension_deg));
  return { top_deg: flexion_deg - room, bottom_deg: flexion_deg + room };
}

export function inStartZone(plan: Plan, angle_deg: number): boolean {
  const { top_deg, bottom_deg } = startZone(plan);
  return angle_deg >= top_deg && angle_deg <= bottom_deg;
}
