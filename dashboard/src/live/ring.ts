/** The newest samples of one machine in columns: device time in ms, angle and torque (NaN = no reading). */
export class Trace {
  readonly capacity: number;
  private readonly times: Float64Array;
  private readonly angles: Float32Array;
  private readonly torques: Float32Array;
  private written = 0;
  /** How often it was emptied. */
  cleared = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.times = new Float64Array(capacity);
    this.angles = new Float32Array(capacity);
    this.torques = new Float32Array(capacity);
  }

  get length(): number {
    return Math.min(this.written, this.capacity);
  }

  /** Adds a sample; one that is not newer than the newest is dropped. */
  push(device_ms: number, angle_deg: number, torque_nm: number): void {
    if (device_ms <= (this.newest_ms ?? Number.NEGATIVE_INFINITY)) return;
    const at = this.written % this.capacity;
    this.times[at] = device_ms;
    this.angles[at] = angle_deg;
    this.torques[at] = torque_nm;
    this.written += 1;
  }

  clear(): void {
    this.written = 0;
    this.cleared += 1;
  }

  /** Device time of the newest sample; null while there is none. */
  get newest_ms(): number | null {
    return this.length === 0 ? null : this.time(this.length - 1);
  }

  /** Device time of the i-th sample, 0 = the oldest kept. */
  time(i: number): number {
    return this.times[this.slot(i)] ?? Number.NaN;
  }

  angle(i: number): number {
    return this.angles[this.slot(i)] ?? Number.NaN;
  }

  torque(i: number): number {
    return this.torques[this.slot(i)] ?? Number.NaN;
  }

  /** Index of the first sample at or after a device time; `length` when there is none. */
  firstSince(device_ms: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.time(middle) < device_ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private slot(i: number): number {
    return this.written <= this.capacity ? i : (this.written + i) % this.capacity;
  }
}
