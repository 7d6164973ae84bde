/**
 * Two mappings onto this page's clock (`performance.now()`, ms): the server's by pings, a device's by what its frames say.
 * Times in nanoseconds arrive as JSON numbers; beyond 2^53 they lose some hundred ns, which no screen shows.
 */

const WINDOW = 30;
/** A message may seem to come so long before it was sent: the drift of two good clocks over the window of pings, and then some. */
const EARLY_MS = 50;

interface PingTime {
  trip_ms: number;
  offset_ms: number;
}

/**
 * The server's clock: of the last pings the one with the least round trip counts. What the server says first may have lain on
 * the way for seconds, so before a ping is back nothing is known.
 */
export class ServerClock {
  private pings: PingTime[] = [];
  private best: PingTime | null = null;

  pong(sent_ms: number, received_ms: number, server_ns: number): void {
    this.pings.push({ trip_ms: received_ms - sent_ms, offset_ms: server_ns / 1e6 - (sent_ms + received_ms) / 2 });
    if (this.pings.length > WINDOW) this.pings.shift();
    this.best = this.pings.reduce((a, b) => (b.trip_ms < a.trip_ms ? b : a));
  }

  /** Server time, ms, as this page's time; null before the first ping is back. */
  local(server_ms: number): number | null {
    return this.best === null ? null : server_ms - this.best.offset_ms;
  }

  /** How far `local` can be wrong, ms: half the way there and back. */
  get error_ms(): number {
    return this.best === null ? 0 : this.best.trip_ms / 2;
  }

  /** True where a message would have come before it was sent: this computer's clock stood still meanwhile (it slept). */
  refutedBy(server_ms: number, received_ms: number): boolean {
    const sent_ms = this.local(server_ms);
    return sent_ms !== null && sent_ms - this.error_ms - EARLY_MS > received_ms;
  }

  reset(): void {
    this.pings = [];
    this.best = null;
  }
}

const ESTIMATES = 9;
const STEP_MS = 150;
const SLEW = 0.02;

/**
 * A device's clock. Each frame says when its newest sample was taken; the median of the last estimates is approached at
 * 2 % of the time passed, so that the cue never jumps, and taken at once where it is far off: a new boot, or pings of which the
 * best were slower on one way than on the other. Nobody may be led over such a step (H06).
 */
export class DeviceClock {
  /** How often it was set at once. */
  steps = 0;
  private estimates: number[] = [];
  private offset: number | null = null;
  private last_local_ms = 0;

  /** Tells that `device_ms` was `sampled_local_ms` on this page's clock. */
  observe(device_ms: number, sampled_local_ms: number): void {
    const estimate = device_ms - sampled_local_ms;
    const previous = this.estimates[this.estimates.length - 1];
    if (previous !== undefined && Math.abs(estimate - previous) > 3_600_000) this.reset();
    this.estimates.push(estimate);
    if (this.estimates.length > ESTIMATES) this.estimates.shift();
    const middle = median(this.estimates);
    if (this.offset === null || Math.abs(middle - this.offset) > STEP_MS) {
      this.offset = middle;
      this.steps += 1;
    } else {
      const most = SLEW * Math.max(0, sampled_local_ms - this.last_local_ms);
      this.offset += Math.min(most, Math.max(-most, middle - this.offset));
    }
    this.last_local_ms = sampled_local_ms;
  }

  /** Device time at a time of this page; null before the first frame. */
  at(local_ms: number): number | null {
    return this.offset === null ? null : local_ms + this.offset;
  }

  reset(): void {
    this.estimates = [];
    this.offset = null;
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 ? upper : (upper + (sorted[half - 1] ?? upper)) / 2;
}
