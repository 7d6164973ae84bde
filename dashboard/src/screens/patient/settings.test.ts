import { describe, expect, it } from "vitest";
import { settingsOf } from "./settings";

describe("decision 0136: how a set is shown, by the screen's address", () => {
  it("by default everything, silently, without a rest", () => {
    expect(settingsOf("")).toEqual({
      feedback: "full",
      motion: null,
      rest_s: 0,
      sound: false,
      checkin: true,
      faults: [],
    });
  });

  it("as it says", () => {
    const given = settingsOf("?feedback=band&motion=gauge&rest=90&sound=on&checkin=off");
    expect(given).toEqual({ feedback: "band", motion: "gauge", rest_s: 90, sound: true, checkin: false, faults: [] });
  });

  it("names what it does not know, and goes on without", () => {
    const given = settingsOf("?feedback=none&motion=fast&rest=-5&sound=loud");
    expect(given).toMatchObject({ feedback: "full", motion: null, rest_s: 0, sound: false });
    expect(given.faults).toEqual(["feedback=none", "motion=fast", "sound=loud", "rest=-5"]);
    expect(settingsOf("?rest=901").faults).toEqual(["rest=901"]);
  });
});
