/** How a set came to its end, for whoever says so in words or with a sign. Pure. */
import type { SetEnded } from "../wire.gen";

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
