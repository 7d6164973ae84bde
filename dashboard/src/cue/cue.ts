/**
 * The cue: where to be at which time (contract 3). Pure; equal to the service's, which golden values prove.
 *
 * Ramp over `extension_s`, level for `hold_s`, ramp over `flexion_s`, level for `turn_s`, with parabolic corners of width
 * min(0.4 s, 0.1 of the shorter adjoining phase), none beside a phase of zero length. Before its origin it rests flexed.
 */
import type { Phase, Plan } from "../wire.gen";

const CORNER_MOST_S = 0.4;
const CORNER_SHARE = 0.1;
/** Straight lines that stand for a corner's parabola. */
const CORNER_STEPS = 8;

export const PHASES: readonly Phase[] = ["extension", "hold", "flexion", "turn"];

interface Corner {
  at_s: number;
  level: number;
  before: number;
  after: number;
  width_s: number;
}

interface Piece {
  phase: Phase;
  end_s: number;
  slope: number;
  level: number;
  length_s: number;
}

/** The angles between which the target lies: the upper edge is the one nearer to extension, the smaller angle. */
export type Band = readonly [upper_deg: number, lower_deg: number];

export interface CuePhase {
  phase: Phase;
  /** Seconds until the phase ends. */
  left_s: number;
  /** Cycles completed since the origin. */
  cycle: number;
}

export class Cue {
  readonly cycle_s: number;
  readonly flexion_deg: number;
  readonly extension_deg: number;
  private readonly pieces: readonly Piece[];
  private readonly corners: readonly Corner[];
  /** Under `follow` a cycle is not followed by another: the cue rests at the flexed end until the patient begins. */
  readonly repeats: boolean;
  private readonly rest_s: number;

  constructor(plan: Pick<Plan, "range" | "tempo"> & Partial<Pick<Plan, "pacing">>) {
    const { extension_s, hold_s, flexion_s, turn_s } = plan.tempo;
    const lengths = [extension_s, hold_s, flexion_s, turn_s];
    const slopes = [1 / extension_s, 0, -1 / flexion_s, 0];
    const levels = [1, 1, 0, 0];
    let end_s = 0;
    const pieces = PHASES.map((phase, k): Piece => {
      const length_s = lengths[k] ?? 0;
      end_s += length_s;
      return { phase, end_s, slope: slopes[k] ?? 0, level: levels[k] ?? 0, length_s };
    });
    const corners = pieces.map((piece, k): Corner => {
      const next = pieces[(k + 1) % pieces.length] ?? piece;
      const width_s = Math.min(CORNER_MOST_S, CORNER_SHARE * Math.min(piece.length_s, next.length_s));
      return { at_s: piece.end_s, level: piece.level, before: piece.slope, after: next.slope, width_s };
    });
    const wrap = corners[corners.length - 1];
    // The first cycle starts from rest; later ones out of the turn: both level, so one corner serves.
    if (wrap) corners.push({ ...wrap, at_s: 0, before: 0 });
    this.pieces = pieces;
    this.corners = corners;
    this.cycle_s = end_s;
    this.repeats = plan.pacing !== "follow";
    this.rest_s = end_s - (wrap?.width_s ?? 0) / 2;
    this.flexion_deg = plan.range.flexion_deg;
    this.extension_deg = plan.range.extension_deg;
  }

  /** The target at a time since the origin, degrees. */
  angleAt(since_s: number): number {
    let within = since_s;
    if (!this.repeats) within = Math.min(since_s, this.rest_s);
    else if (since_s > 0) within = since_s % this.cycle_s;
    return this.flexion_deg - this.progress(within) * (this.flexion_deg - this.extension_deg);
  }

  /** Where to be at a time since the origin, give or take a tolerance: never anything beyond the limits of the range, whatever it is (H08). */
  bandAt(since_s: number, tolerance_deg: number): Band {
    const angle = this.angleAt(since_s);
    const within = (edge_deg: number) => Math.min(Math.max(edge_deg, this.extension_deg), this.flexion_deg);
    return [within(angle - tolerance_deg), within(angle + tolerance_deg)];
  }

  /**
   * Times within a cycle between which the cue is a straight line, to a hundredth of its range, ascending; also where it comes within
   * `margin_deg` of either end of the range, from where on a band of that width is cut off.
   */
  knots(margin_deg: number): number[] {
    const found: number[] = [];
    for (const { at_s, width_s } of this.corners) {
      for (let k = 0; k <= CORNER_STEPS; k++) found.push(at_s + width_s * (k / CORNER_STEPS - 0.5));
    }
    const margin = margin_deg / (this.flexion_deg - this.extension_deg);
    for (const { end_s, slope, level, length_s } of this.pieces) {
      if (slope === 0) continue;
      for (const progress of [margin, 1 - margin]) {
        const at_s = end_s + (progress - level) / slope;
        if (at_s > end_s - length_s && at_s < end_s) found.push(at_s);
      }
    }
    return found.sort((a, b) => a - b);
  }

  /** The phase that the cue is in at a time since the origin (at least 0), by its unrounded boundaries. */
  phaseAt(since_s: number): CuePhase {
    if (!this.repeats && since_s >= this.cycle_s) return { phase: "turn", left_s: 0, cycle: 0 };
    const cycle = Math.floor(since_s / this.cycle_s);
    const within = since_s - cycle * this.cycle_s;
    for (const piece of this.pieces) {
      if (within < piece.end_s) return { phase: piece.phase, left_s: piece.end_s - within, cycle };
    }
    return { phase: "extension", left_s: this.pieces[0]?.length_s ?? 0, cycle: cycle + 1 };
  }

  private progress(within_s: number): number {
    for (const { at_s, level, before, after, width_s } of this.corners) {
      const u = within_s - at_s;
      if (2 * Math.abs(u) < width_s) {
        return level + before * u + ((after - before) * (u + width_s / 2) ** 2) / (2 * width_s);
      }
    }
    if (within_s <= 0) return 0;
    for (const { end_s, slope, level } of this.pieces) {
      if (within_s < end_s) return level + slope * (within_s - end_s);
    }
    return 0;
  }
}
