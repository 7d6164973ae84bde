/** Times of a recorded session by what happens at them. Pure. */
import { Cue } from "../cue/cue";
import type { AnyEvent } from "../wire.gen";
import type { Recording } from "./recording";

export class Moments {
  private readonly recording: Recording;

  constructor(recording: Recording) {
    this.recording = recording;
  }

  /** So long into a cycle of the cue, the first being 1; s. */
  cue(cycle: number, into_s: number): number {
    const { plan, origin_s } = this.recording;
    if (plan === null || origin_s === null) throw new Error("a recording without a cue");
    return origin_s + (cycle - 1) * new Cue(plan).cycle_s + into_s;
  }

  /** When the n-th event of a kind became known, s. */
  event(kind: AnyEvent["kind"], nth = 1): number {
    return this.known(this.recording.events.filter((event) => event.kind === kind)[nth - 1], kind);
  }

  private known(event: AnyEvent | undefined, what: string): number {
    if (event === undefined) throw new Error(`${this.recording.machine} has no ${what}`);
    return event.known_s;
  }
}
