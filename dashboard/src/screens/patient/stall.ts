/**
 * The screen's own rule against pushing a patient on (H03): no progress for 2 s under load, somewhere between the ends of the range.
 *
 * It knows nothing of the detector and looks at the samples alone, so that it holds where the detector is silent. Pure.
 */
import type { Machine } from "../../live/machine";

/** The span that the standstill begins in, and 2 s. */
const WINDOW_MS = 2200;
const SPAN_MS = 200;
const SPANS = WINDOW_MS / SPAN_MS;
/** Movement that counts as none: 2 degrees, less where the plan itself moves more slowly. Tremor is averaged away in each span. */
const STILL_DEG = 2;
const STILL_SHARE = 0.25;
/** Under load: this share of the prescribed load, or of the greatest torque of late where none is prescribed; below the lesser it was set down. */
const LOADED_SHARE = 0.5;
const SET_DOWN_SHARE = 0.3;
/** Nearer to either end the patient rests or holds. */
const LOW = 0.1;
const HIGH = 0.9;
/** Whoever comes so much further after all, a share of the range, goes on. */
const ON_SHARE = 0.1;

interface Span {
  progress: number;
  angle_deg: number;
  torque_nm: number;
}

export class Stall {
  /** Progress where the patient came to a standstill; null while there is none. */
  private at: number | null = null;
  private newest_ms: number | null = null;

  /**
   * True from 2 s without progress of a patient whom the cue leads, until he has come down, set the load down, or gone on.
   * Asked before every repaint.
   */
  stands(machine: Machine, leads: boolean): boolean {
    if (machine.newest_ms === this.newest_ms) return this.at !== null;
    this.newest_ms = machine.newest_ms;
    if (machine.plan === null || !machine.cue.running) this.at = null;
    else if (leads || this.at !== null) this.look(machine);
    return this.at !== null;
  }

  private look(machine: Machine): void {
    const spans = spansOf(machine);
    const last = spans[spans.length - 1];
    if (last === undefined) {
      this.at = null;
      return;
    }
    const demand = demandOf(machine);
    if (this.at !== null) {
      const over = last.progress <= LOW || last.progress >= HIGH || last.progress > this.at + ON_SHARE;
      if (over || !(last.torque_nm >= SET_DOWN_SHARE * demand)) this.at = null;
      return;
    }
    if (spans.length < SPANS || last.progress <= LOW || last.progress >= HIGH) return;
    const angles = spans.map(({ angle_deg }) => angle_deg);
    const moved_deg = Math.max(...angles) - Math.min(...angles);
    const loaded = spans.every(({ torque_nm }) => torque_nm >= LOADED_SHARE * demand);
    if (loaded && moved_deg < stillDeg(machine)) this.at = last.progress;
  }
}

function stillDeg({ plan }: Machine): number {
  if (plan === null) return STILL_DEG;
  const planned_deg =
    ((plan.range.flexion_deg - plan.range.extension_deg) / plan.tempo.extension_s) * (WINDOW_MS / 1000);
  return Math.min(STILL_DEG, STILL_SHARE * planned_deg);
}

function demandOf({ plan, trace }: Machine): number {
  if (plan?.load_nm != null) return plan.load_nm;
  let most = 0;
  for (let i = 0; i < trace.length; i++) most = Math.max(most, trace.torque(i) || 0);
  return most > 0 ? most : Number.POSITIVE_INFINITY;
}

/** The window in means of 200 ms, oldest first; fewer where readings are missing. Without a torque it is not a number. */
function spansOf({ trace, newest_ms, plan }: Machine): Span[] {
  if (newest_ms === null || plan === null) return [];
  const { flexion_deg, extension_deg } = plan.range;
  const spans: Span[] = [];
  let i = trace.firstSince(newest_ms - WINDOW_MS + 1);
  for (let n = 0; n < SPANS; n++) {
    const until_ms = newest_ms - WINDOW_MS + (n + 1) * SPAN_MS;
    let angle_deg = 0;
    let torque_nm = 0;
    let count = 0;
    for (; i < trace.length && trace.time(i) <= until_ms; i++) {
      if (Number.isNaN(trace.angle(i))) continue;
      angle_deg += trace.angle(i);
      torque_nm += trace.torque(i);
      count += 1;
    }
    if (count === 0) continue;
    angle_deg /= count;
    const progress = (flexion_deg - angle_deg) / (flexion_deg - extension_deg);
    spans.push({ progress, angle_deg, torque_nm: torque_nm / count });
  }
  return spans;
}
