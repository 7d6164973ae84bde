import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { language } from "../../i18n/language";
import { Machine } from "../../live/machine";
import { event, snapshot } from "../../live/samples";
import type { Evidence, Failure, Level, Unable } from "../../wire.gen";
import { needOf } from "./attention";
import { notesOf } from "./notes";

const evidence = (name: string, value: number, unit = ""): Evidence => ({ name, value, unit });

function failed(reason: Failure["reason"], ...reasons: Evidence[]): string {
  const machine = new Machine("a/b");
  machine.snapshot(snapshot({ set: 1 }));
  machine.event(event("failure", 1, { repetition: 8, angle_deg: 31.4, reason, confidence: 0.9, evidence: reasons }), 0);
  const [note] = notesOf(machine, false, 0);
  return [note?.text, ...(note?.reasons ?? [])].join(" | ").replaceAll("\u00a0", " ").replaceAll("\u2011", "-");
}

describe("detection 4.3: failure in words and numbers", () => {
  afterEach(() => {
    language.value = "en";
  });

  it.each([
    ["stall_s", 3.24, "stood still 3.2 s", "3,2 s Stillstand"],
    ["effort", 0.978, "98 % of the usual torque", "98 % des üblichen Drehmoments"],
    ["lag_s", 1.75, "1.8 s behind the target", "1,8 s hinter dem Ziel"],
    ["extension_ratio", 1.52, "extension 1.5 times as long", "Strecken 1,5-mal so lang"],
    ["hold_sag", 0.07, "sank 7 % in the hold", "beim Halten 7 % gesunken"],
    ["tremor_ratio", 1.7, "tremor 1.7 times as strong", "Zittern 1,7-fach"],
    ["shortfall", 0.12, "12 % of the range missing", "12 % des Wegs fehlen"],
    ["surges", 1, "pushed again 1 time", "1-mal nachgedrückt"],
    ["surges", 2, "pushed again 2 times", "2-mal nachgedrückt"],
    ["progress", 0.88, "88 % of the range reached", "88 % des Wegs erreicht"],
    ["torque_share", 0.22, "torque 22 % of the demand", "Drehmoment 22 % der Vorgabe"],
    ["mean_torque_nm", 63.4, "63 Nm on average", "im Mittel 63 Nm"],
    ["demand_nm", 75.6, "76 Nm demanded", "Vorgabe 76 Nm"],
    ["reserve_high", 1, "at most 1 repetition was left", "höchstens 1 Wiederholung übrig"],
    ["hold_s", 0.4, "held 0.4 s", "0,4 s gehalten"],
    ["slowing", 2.14, "slowing for 2.1 s", "2,1 s lang langsamer geworden"],
    ["newer", 2.5, "newer 2.50 kN", "newer 2,50 kN"],
  ])("%s %s", (name, value, english, german) => {
    const told = failed("stall", evidence("stall_s", 1), evidence(name, value, name === "newer" ? "kN" : ""));
    expect(told.split(" | ").at(-1)).toBe(english);
    language.value = "de";
    expect(
      failed("stall", evidence(name, value, name === "newer" ? "kN" : ""))
        .split(" | ")
        .at(-1),
    ).toBe(german);
  });

  it("takes a share that comes in per cent as it is", () => {
    expect(failed("stall", evidence("stall_s", 1), evidence("effort", 98, "%"))).toContain("98 % of the usual torque");
  });

  it("says how it failed where no number does", () => {
    expect(failed("stall", evidence("stall_s", 3.2, "s"))).toBe("Failure in repetition 8 at 31° | stood still 3.2 s");
    expect(failed("stall", evidence("effort", 1))).toContain("| came to a standstill |");
    expect(failed("hold_lost", evidence("lag_s", 1))).toContain("| could not be held |");
    expect(failed("hold_lost", evidence("hold_sag", 0.1))).not.toContain("could not be held");
    expect(failed("short_of_range")).toBe("Failure in repetition 8 at 31° | short of the full range");
    expect(
      failed("stall", evidence("effort", 1), evidence("lag_s", 1), evidence("surges", 2)).split(" | "),
    ).toHaveLength(4);
    expect(failed("torque_lost")).toBe("Failure in repetition 8 at 31° | torque below the demand");
  });

  it("says the words of a newer service as they come", () => {
    const newer = failed("dizzy" as Failure["reason"], evidence("lag_s", 1));
    expect(newer).toBe("Failure in repetition 8 at 31° | dizzy | 1.0 s behind the target");
    const machine = new Machine("a/b");
    machine.snapshot(snapshot({ set: 1 }));
    machine.event(event("unable", 1, { reason: "too_hot" as Unable["reason"] }), 0);
    expect(notesOf(machine, false, 0)).toMatchObject([{ text: "too_hot" }]);
    machine.event(event("speed_exceeded", 2, { level: "alarm" as Level, speed_deg_s: 40 }), 0);
    expect(notesOf(machine, false, 0)).toMatchObject([{ text: "alarm" }]);
  });
});

describe("what stands and what passes", () => {
  let machine: Machine;
  beforeEach(() => {
    machine = new Machine("a/b");
    machine.snapshot(snapshot({ set: 1 }));
    machine.feed("live");
  });
  const texts = (stale = false) => notesOf(machine, stale, 0).map((note) => note.text);

  it("a failure outlasts what is found later, but not suspected pain", () => {
    machine.event(event("failure_likely", 1, { repetition: 8, confidence: 0.8 }), 0);
    machine.event(event("struggle", 2, { repetition: 8, reasons: ["lag_s"] }), 0);
    expect(needOf(machine, 0)).toBe("likely");
    machine.event(
      event("failure", 3, { repetition: 8, angle_deg: 31, reason: "stall", confidence: 1, evidence: [] }),
      0,
    );
    machine.event(event("halted", 4, { repetition: 9 }), 0);
    expect(needOf(machine, 0)).toBe("failure");
    machine.event(event("abrupt_stop", 5, { repetition: 9 }), 0);
    expect(needOf(machine, 0)).toBe("abrupt");
    expect(texts()).toEqual(["Torque let go in repetition 9. Please ask why."]);
  });

  it("an estimate is of a running set and of now", () => {
    machine.event(event("reserve_estimated", 1, { repetition: 7, repetitions_left: 1.6, low: 0.4, high: 3.5 }), 0);
    expect(texts()).toEqual(["About 2 left (0–4)"]);
    expect(texts(true)).toEqual([]);
    machine.event(
      event("failure", 2, { repetition: 8, angle_deg: 31, reason: "stall", confidence: 1, evidence: [] }),
      0,
    );
    expect(texts()).toHaveLength(1);
  });

  it("a fault of the angle comes first, and calls; a gap is told by the feed", () => {
    machine.event(event("unsure", 1, { repetition: 8 }), 0);
    machine.event(event("signal_faulted", 2, { channel: "angle", fault: "gap" }), 0);
    expect(machine.untrusted).toBeNull();
    machine.event(event("signal_faulted", 3, { channel: "angle", fault: "wrapped" }), 0);
    expect(needOf(machine, 0)).toBe("fault");
    expect(texts()).toEqual(["Angle: jumps by a turn", "Repetition 8: failure or a pause? Please ask."]);
    machine.event(event("signal_restored", 4, { channel: "angle", fault: "wrapped" }), 0);
    expect(needOf(machine, 0)).toBe("unsure");
  });

  it("after the session a finding is history and calls nobody", () => {
    machine.event(event("abrupt_stop", 1, { repetition: 9 }), 0);
    machine.snapshot(snapshot({ session: null, plan: null }));
    expect(needOf(machine, 0)).not.toBe("abrupt");
  });
});
