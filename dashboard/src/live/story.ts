/** What happened in a machine's session, in order, and the course of its signals since this page is open. Pure. */
import type { AnyEvent, EventMessage } from "../wire.gen";
import type { Trace } from "./ring";

/** A long session has some thousand events; of one that never ends the newest are kept. */
const MOST_EVENTS = 20_000;
/** 20 a second: finer than a set of minutes can be drawn. */
const EVERY_MS = 50;
/** An hour. */
const MOST_SAMPLES = 72_000;
const ESTIMATES = 9;
/** The device's clock fell back by more than this: another run of it. */
const RERUN_MS = 1000;

/** Columns of a signal over a session's time, s (NaN = no reading). */
export interface Columns {
  t_s: number[];
  angle_deg: number[];
  torque_nm: number[];
}

export class Story {
  session: string | null = null;
  events: AnyEvent[] = [];
  /** Counts up with each event. */
  version = 0;

  private times_ms: number[] = [];
  private angles: number[] = [];
  private torques: number[] = [];
  private firsts_ms: number[] = [];

  /** An event of the machine; `newest_ms`: device time of its newest sample on this page, null for events of before it joined. */
  follow(event: EventMessage, newest_ms: number | null): void {
    const session = event.session ?? null;
    if (session === null) return;
    if (session !== this.session) {
      this.session = session;
      this.events = [];
      this.firsts_ms = [];
    }
    if (this.events.length >= MOST_EVENTS) this.events.splice(0, MOST_EVENTS / 10);
    this.events.push(event);
    this.version += 1;
    if (newest_ms !== null) {
      this.firsts_ms.push(newest_ms - event.known_s * 1000);
      if (this.firsts_ms.length > ESTIMATES) this.firsts_ms.shift();
    }
  }

  /** Takes what is new of a machine's trace. */
  take(trace: Trace): void {
    if (trace.length > 0 && trace.time(trace.length - 1) < this.last_ms - RERUN_MS) this.forget();
    for (let i = trace.firstSince(this.last_ms + EVERY_MS); i < trace.length; i++) {
      const at_ms = trace.time(i);
      if (at_ms < this.last_ms + EVERY_MS) continue;
      this.times_ms.push(at_ms);
      this.angles.push(trace.angle(i));
      this.torques.push(trace.torque(i));
    }
    if (this.times_ms.length > MOST_SAMPLES) {
      for (const column of [this.times_ms, this.angles, this.torques]) column.splice(0, MOST_SAMPLES / 10);
    }
  }

  /** The signals between two times of the session; null while their place in it is not known. */
  between(from_s: number, to_s: number): Columns | null {
    const first_ms = this.first_ms;
    if (first_ms === null) return null;
    const found: Columns = { t_s: [], angle_deg: [], torque_nm: [] };
    for (let i = 0; i < this.times_ms.length; i++) {
      const at_s = ((this.times_ms[i] ?? Number.NaN) - first_ms) / 1000;
      if (at_s < from_s || at_s > to_s) continue;
      found.t_s.push(at_s);
      found.angle_deg.push(this.angles[i] ?? Number.NaN);
      found.torque_nm.push(this.torques[i] ?? Number.NaN);
    }
    return found;
  }

  /** Device time of the session's first sample, ms: each event that comes live says it, give or take a frame; the median counts. */
  private get first_ms(): number | null {
    const sorted = [...this.firsts_ms].sort((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? null;
  }

  private get last_ms(): number {
    return this.times_ms[this.times_ms.length - 1] ?? Number.NEGATIVE_INFINITY;
  }

  private forget(): void {
    this.times_ms = [];
    this.angles = [];
    this.torques = [];
    this.firsts_ms = [];
  }
}
