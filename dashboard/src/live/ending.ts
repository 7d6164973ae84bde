/** How a set came to its end and what came of it, for whoever says so in words or with a sign. Pure. */
import type { Plan, RepetitionCompleted, SetEnded } from "../wire.gen";

/** `done`: it came to the end that its plan has for it; `broken`: it was cut off; `ended`: it is over, by whoever wished it. */
export type Ending = "done" | "ended" | "broken";

/** Flag, thanks and chord are for `done` alone (robustness-and-screens 3.6: "plan met"; contract 1: until the target or failure). */
export function endingOf(reason: SetEnded["reason"]): Ending {
  switch (reason) {
    case "target_reached":
    case "failure":
      return "done";
    case "pain":
    case "signal_lost":
      return "broken";
    default:
      return "ended";
  }
}

export interface Over {
  ended: SetEnded;
  /** The longest hold, s; null where there was none. */
  hold_s: number | null;
  /** The plan that it was done under. */
  plan: Plan | null;
}

/** What came of a set with these repetitions. */
export function overOf(ended: SetEnded, repetitions: RepetitionCompleted[], plan: Plan | null): Over {
  const holds = repetitions.map(({ hold_s }) => hold_s).filter((hold_s) => hold_s !== null);
  return { ended, hold_s: holds.length > 0 ? Math.max(...holds) : null, plan };
}

/** The repetitions that count (contract 4): all but attempts. */
export function countOf({ full, short, partial }: SetEnded): number {
  return full + short + partial;
}
