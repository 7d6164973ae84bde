/** What is heard beside the cue: that something has happened (robustness-and-screens 3.6). Pure. */
import type { Motif } from "../../sound/score";
import type { View } from "./view";

const LED: ReadonlySet<string> = new Set(["running", "countdown", "free"]);
const GONE: ReadonlySet<string> = new Set(["frozen", "sensor", "lost", "offline", "restarting"]);
/** The set was completed: cut off, or stopped, it has no chord. */
const COMPLETED: ReadonlySet<string> = new Set(["done", "rest"]);
/** The last seconds of a rest are counted. */
const COUNTED_S = 3;

/** The sounds that lead from one view to the next. */
export function cuesOf(before: View, after: View): Motif[] {
  const found: Motif[] = [];
  if (after.kind !== before.kind) {
    if (LED.has(before.kind) && GONE.has(after.kind)) found.push("lost");
    if (before.set !== null && COMPLETED.has(after.kind)) found.push("done");
  }
  if (after.uncounted && !before.uncounted) found.push("uncounted");
  const counts = after.kind === "rest" && after.digit !== null && after.digit <= COUNTED_S;
  if (counts && after.digit !== before.digit) found.push("tick");
  return found;
}
