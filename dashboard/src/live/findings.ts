/** What the analysis found in the running or the last set (contract 4): the newest that still stands, and how many repetitions may be left. */
import type { AnyEvent, ReserveEstimated } from "../wire.gen";

const KINDS = [
  "struggle",
  "failure_likely",
  "failure",
  "unable",
  "abrupt_stop",
  "halted",
  "end_stop",
  "assisted",
  "momentum",
  "unsure",
  "range_exceeded",
  "speed_exceeded",
] as const;

export type Finding = Extract<AnyEvent, { kind: (typeof KINDS)[number] }>;

/** Findings of this weight stand until another set begins; the others pass when a repetition after theirs is complete. */
const STANDING = 2;

/** A lighter finding never displaces a heavier one of its own repetition, nor one that stands. */
function weightOf(finding: Finding): number {
  switch (finding.kind) {
    case "failure":
    case "abrupt_stop":
      return STANDING;
    case "failure_likely":
    case "unsure":
      return 1;
    case "range_exceeded":
    case "speed_exceeded":
      return finding.level === "stop" ? 1 : 0;
    default:
      return 0;
  }
}

export class Findings {
  newest: Finding | null = null;
  reserve: ReserveEstimated | null = null;
  /** The patient was told to stop: the torque was let go, or range or speed went past their stop. Over with the next repetition. */
  halt = false;
  /** The patient failed and has not begun anew: the load may be set down. */
  release = false;

  private repetition = 0;
  private of = 0;

  follow(event: AnyEvent): void {
    switch (event.kind) {
      case "repetition_started":
        this.repetition = event.repetition;
        this.halt = false;
        this.release = false;
        break;
      case "repetition_completed":
        if (this.newest !== null && weightOf(this.newest) < STANDING && event.repetition > this.of) this.newest = null;
        break;
      case "reserve_estimated":
        if (!this.failed) this.reserve = event;
        break;
      case "set_ended":
        this.reserve = null;
        this.halt = false;
        this.release = false;
        break;
      default:
        if (isFinding(event)) this.find(event);
    }
  }

  clear(): void {
    this.newest = null;
    this.reserve = null;
    this.halt = false;
    this.release = false;
    this.repetition = 0;
  }

  private get failed(): boolean {
    return this.newest?.kind === "failure";
  }

  private find(event: Finding): void {
    const stops = event.kind === "range_exceeded" || event.kind === "speed_exceeded" ? event.level === "stop" : false;
    if (stops || event.kind === "abrupt_stop") this.halt = true;
    if (event.kind === "failure") {
      this.release = true;
      this.reserve = null;
    }
    const of = "repetition" in event ? event.repetition : this.repetition;
    const before = this.newest === null ? 0 : weightOf(this.newest);
    if (weightOf(event) < before && (before === STANDING || of === this.of)) return;
    this.newest = event;
    this.of = of;
  }
}

export function isFinding(event: AnyEvent): event is Finding {
  return KINDS.some((kind) => kind === event.kind);
}
