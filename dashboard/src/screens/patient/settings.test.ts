import { describe, expect, it } from "vitest";
import { PLAN } from "../../live/samples";
import type { Display } from "../../wire.gen";
import { settingsOf, shownBy } from "./settings";

describe("decision 0136: how a set is shown, by the screen's address", () => {
  it("by default everything, silently, without a rest", () => {
    expect(settingsOf("")).toEqual({
      feedback: "full",
      motion: null,
      rest_s: 0,
      sound: false,
      checkin: true,
      chosen: { feedback: null, motion: null },
      faults: [],
    });
  });

  it("as it says", () => {
    const given = settingsOf("?feedback=band&motion=gauge&rest=90&sound=on&checkin=off");
    expect(given).toMatchObject({
      feedback: "band",
      motion: "gauge",
      rest_s: 90,
      sound: true,
      checkin: false,
      faults: [],
    });
  });

  it("names what it does not know, and goes on without", () => {
    const given = settingsOf("?feedback=none&motion=fast&rest=-5&sound=loud");
    expect(given).toMatchObject({ feedback: "full", motion: null, rest_s: 0, sound: false });
    expect(given.faults).toEqual(["feedback=none", "motion=fast", "sound=loud", "rest=-5"]);
    expect(settingsOf("?rest=901").faults).toEqual(["rest=901"]);
  });
});

describe("decision 0241: how a set is shown, by the plan", () => {
  const address = settingsOf("?feedback=after&rest=30");
  const planned = (display: Partial<Display>) => ({
    ...PLAN,
    display: { feedback: "full", from_repetition: 1, motion: null, rest_s: null, ...display } as Display,
  });

  it("as the address says, where the plan says nothing", () => {
    expect(shownBy(address, PLAN, 1, false)).toEqual({ feedback: "after", motion: "scroll", rest_s: 30 });
    expect(shownBy(address, null, 1, true)).toEqual({ feedback: "after", motion: "gauge", rest_s: 30 });
    const rest = planned({ feedback: null, rest_s: 90 });
    expect(shownBy(address, rest, 1, false)).toEqual({ feedback: "after", motion: "scroll", rest_s: 90 });
  });

  it("dense at first, sparse later", () => {
    const fading = planned({ feedback: "band", from_repetition: 4 });
    expect([1, 3, 4, 9].map((n) => shownBy(address, fading, n, false).feedback)).toEqual([
      "full",
      "full",
      "band",
      "band",
    ]);
  });

  it("by the plan before the address, and by what was chosen at the screen before both", () => {
    const plan = planned({ feedback: "band", motion: "gauge", rest_s: 0 });
    expect(shownBy(address, plan, 1, false)).toEqual({ feedback: "band", motion: "gauge", rest_s: 0 });
    const chosen = { ...address, chosen: { feedback: "full", motion: "scroll" } as const };
    expect(shownBy(chosen, plan, 1, true)).toMatchObject({ feedback: "full", motion: "scroll" });
  });

  it("goes on without what only a newer service knows", () => {
    const newer = planned({ feedback: "touch" as "full", motion: "still" as "gauge" });
    expect(shownBy(address, newer, 1, false)).toEqual({ feedback: "after", motion: "scroll", rest_s: 30 });
  });
});
