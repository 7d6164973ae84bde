import { describe, expect, it } from "vitest";
import type { Display } from "../../wire.gen";
import { displayWords } from "./PlanCard";

const DISPLAY: Display = { feedback: "band", from_repetition: 4, motion: "gauge", rest_s: 90 };

describe("decision 0241: how a plan is shown, in words", () => {
  it.each([
    [DISPLAY, "target only from repetition 4, calm gauge, 90 s of rest"],
    [{ ...DISPLAY, feedback: null, from_repetition: 1, motion: null }, "as the screen has it, 90 s of rest"],
    // F20: words of a newer service stand as they are.
    [{ ...DISPLAY, feedback: "haptic", motion: "spiral" }, "haptic from repetition 4, spiral, 90 s of rest"],
  ])("%o", (display, words) => {
    expect(displayWords(display as Display)).toBe(words);
  });
});
