import { describe, expect, it } from "vitest";
import { words } from "./twin";
import type { View } from "./view";

const view = (over: Partial<View>) => ({ kind: "running", current: 4, most: 12, result: null, ...over }) as View;
const RESULT = { count: 4, full: 4, hold_s: 2, duration_s: 41 };

describe("WCAG 4.1.3, 1.3.1: what is spoken is what is shown", () => {
  it.each([
    [{ kind: "offline" }, "Machine is off"],
    [{ kind: "restarting" }, "Sensor restarting"],
    [{ kind: "done", result: RESULT }, "Done. 4 repetitions"],
    [{ kind: "ended", result: RESULT }, "Set ended. 4 repetitions"],
    [{ kind: "broken" }, "Set interrupted"],
    [{ kind: "pain" }, "Stopped."],
  ] as const)("%o", (over, said) => {
    expect(words(view(over))).toBe(said);
  });
});
