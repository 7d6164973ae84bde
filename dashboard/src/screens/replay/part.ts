/** A long list is shown in part: so many lines around the playhead, moved along as that moves, or by hand. Pure but for its timer. */

/** Lines shown at a time: more than any window is high, and made within a frame. */
export const SHOWN = 100;
/** So many are moved on by hand. */
export const STEP = 80;
/** So many stay before and after the line at the playhead, where there are so many. */
const MARGIN = 15;

/** The place of the last item at or before a time; -1 before the first. The items are in order of time. */
export function lastAt(items: readonly { at_s: number }[], at_s: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle]?.at_s ?? 0) <= at_s) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The nearest first line that there can be, of so many. */
export function within(first: number, count: number): number {
  return Math.max(0, Math.min(first, count - SHOWN));
}

/** The first line, so that `place` is in sight: the one that it was, where that will do. */
export function followed(first: number, place: number, count: number): number {
  const least = first === 0 ? 0 : first + MARGIN;
  const end = first + SHOWN >= count ? count : first + SHOWN - MARGIN;
  return place >= least && place < end ? first : within(place - SHOWN / 2, count);
}

/** What moves has rested when it stood for so long. */
export const REST_MS = 150;

/** Calls `act` when what moves has rested for so long; of what moves by itself, which never rests, as often. */
export class Rest {
  private readonly act: () => void;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private moved_ms = 0;
  private steady = false;

  constructor(act: () => void) {
    this.act = act;
  }

  /** Told of every step; does next to nothing in each. */
  moved(steady: boolean): void {
    this.moved_ms = performance.now();
    this.steady = steady;
    this.timer ??= setTimeout(this.look, REST_MS);
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private readonly look = () => {
    const left_ms = this.steady ? 0 : this.moved_ms + REST_MS - performance.now();
    this.timer = left_ms > 0 ? setTimeout(this.look, left_ms) : undefined;
    if (this.timer === undefined) this.act();
  };
}
