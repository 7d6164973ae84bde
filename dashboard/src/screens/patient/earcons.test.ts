import { describe, expect, it } from "vitest";
import { cuesOf } from "./earcons";
import type { View } from "./view";

const view = (over: Partial<View>) => ({ kind: "running", set: 1, uncounted: false, digit: 3, ...over }) as View;

describe("robustness-and-screens 3.6: what is heard beside the cue", () => {
  it.each([
    ["the signal goes", view({}), view({ kind: "frozen" }), ["lost"]],
    ["the sensor fails", view({}), view({ kind: "sensor" }), ["lost"]],
    ["frozen becomes lost: once is enough", view({ kind: "frozen" }), view({ kind: "lost" }), []],
    ["the set is done", view({}), view({ kind: "done", set: null }), ["done"]],
    ["the set is done, and a rest begins", view({}), view({ kind: "rest", set: null }), ["done"]],
    ["a set that was stopped has no chord", view({}), view({ kind: "ended", set: null }), []],
    ["nor has one that was cut off", view({}), view({ kind: "broken", set: null }), []],
    ["the machine goes off", view({}), view({ kind: "restarting" }), ["lost"]],
    [
      "a page that is opened on a finished set",
      view({ kind: "connecting", set: null }),
      view({ kind: "done", set: null }),
      [],
    ],
    ["a repetition did not count", view({}), view({ uncounted: true }), ["uncounted"]],
    ["the rest ends soon", view({ kind: "rest", digit: 4 }), view({ kind: "rest", digit: 3 }), ["tick"]],
    ["the rest goes on", view({ kind: "rest", digit: 9 }), view({ kind: "rest", digit: 8 }), []],
    ["pain: silence", view({}), view({ kind: "pain" }), []],
  ])("%s", (_, before, after, heard) => {
    expect(cuesOf(before, after)).toEqual(heard);
  });
});
