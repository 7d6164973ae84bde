/** A lane of a plot: a range of values on a stretch of pixels, and round values for its axis. Pure. */

export interface Scale {
  /** Pixels of a value. */
  (value: number): number;
  from: number;
  to: number;
}

/** Values `from`-`to` on pixels `start`-`end`; either may fall. */
export function scale(from: number, to: number, start: number, end: number): Scale {
  const slope = to === from ? 0 : (end - start) / (to - from);
  return Object.assign((value: number) => start + (value - from) * slope, { from, to });
}

const STEPS = [1, 2, 5];
const TIME_STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 3600];

/** Round values within a range, at most so many. */
export function ticks(from: number, to: number, most: number): number[] {
  const span = Math.abs(to - from);
  if (!(span > 0) || most < 1) return [];
  const rough = span / most;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = (STEPS.find((each) => each * decade >= rough) ?? 10) * decade;
  return every(step, Math.min(from, to), Math.max(from, to));
}

/** The same for times, s: steps as clocks have them. */
export function timeTicks(from_s: number, to_s: number, most: number): number[] {
  const span = to_s - from_s;
  if (!(span > 0)) return [];
  const step = TIME_STEPS_S.find((each) => span / each <= most) ?? span / most;
  return every(step, from_s, to_s);
}

function every(step: number, least: number, greatest: number): number[] {
  const first = Math.ceil(least / step - 1e-9);
  const last = Math.floor(greatest / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => (first + n) * step);
}

/** The range of values to show: with room on both sides, at least so wide; null where there is no value. */
export function rangeOf(values: Iterable<number>, least: number, room = 0.08): [number, number] | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return null;
  const widen = Math.max(room * (high - low), (least - (high - low)) / 2);
  return [low - widen, high + widen];
}
