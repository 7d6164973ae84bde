/** Whether somebody needs a screen that is let in no more: then it stays as it is (decision 0249). */
import { browser } from "../../live/browser";
import type { Machine } from "../../live/machine";
import type { Outcome } from "./telling";

/** After so long without a word of the machine its session is over (contract 1), and whoever sat there needs the screen no more. */
const LEFT_MS = 600_000;

/** `since_ms`: for so long it has been let in no more. */
export type Needed = (since_ms: number) => boolean;

/** In a set or its countdown, or where somebody has stopped for pain: a press is told from here, and what he says of it. */
export function isNeeded(
  machine: Machine | null,
  pressed: Outcome | "telling" | null,
  paired: boolean,
  since_ms: number,
): boolean {
  if (machine === null || Math.min(machine.age(browser.now()) ?? since_ms, since_ms) > LEFT_MS) return false;
  if (machine.set !== null || machine.cue.running) return true;
  // A paired screen is let go by staff alone (decision 0177), who know of the stop once it is told.
  return paired ? pressed !== null && pressed !== "told" : pressed !== null || machine.pain;
}
