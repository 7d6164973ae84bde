/**
 * The way back after this screen went blind while the machine went on: never into the middle of a repetition.
 *
 * Once the signal is fresh again the cue stays away until a cycle begins that is at least a countdown ahead
 * (contract 5, H06). A cue with another origin is a new one and is shown at once.
 */
export const COUNTDOWN_S = 3;

export class Rejoin {
  private origin_ns: number | null = null;
  private blind = false;
  private from_s: number | null = null;

  /** Seconds until the cue may be shown again; 0 when it may be, Infinity while blind. */
  wait(origin_ns: number | null, since_s: number | null, cycle_s: number, fresh: boolean): number {
    if (origin_ns !== this.origin_ns) {
      this.origin_ns = origin_ns;
      this.blind = false;
      this.from_s = null;
    }
    if (origin_ns === null || since_s === null) return 0;
    if (!fresh) {
      this.blind = this.blind || since_s >= 0;
      this.from_s = null;
      return this.blind ? Number.POSITIVE_INFINITY : 0;
    }
    if (!this.blind) return 0;
    if (this.from_s === null) this.from_s = Math.ceil((since_s + COUNTDOWN_S) / cycle_s) * cycle_s;
    if (since_s >= this.from_s) this.blind = false;
    return Math.max(0, this.from_s - since_s);
  }
}
