import { beforeEach, describe, expect, it } from "vitest";
import { ServerClock } from "../../live/clock";
import { Machine } from "../../live/machine";
import { event, frame, MEASURES, snapshot } from "../../live/samples";
import type { CheckIn, Failure, PainRating, Told } from "../../wire.gen";
import { Attention, needOf } from "./attention";
import { columnsFor, isDense, tileOf } from "./tile";

const server = new ServerClock();
server.pong(0, 0, 0);

function machineOf(name: string): Machine {
  const machine = new Machine(name);
  machine.snapshot(snapshot({ machine: name }));
  machine.feed("live");
  machine.frame(frame(0, 0), server);
  return machine;
}

const RATING: PainRating = {
  id: "r",
  press: "p",
  pain: 7,
  where: ["back", "leg"],
  quality: "sharp",
  age_ms: 0,
  seen: false,
};
const FAILED: Omit<Failure, "kind" | "id" | "set" | "at_s" | "known_s"> = {
  repetition: 8,
  angle_deg: 31.4,
  reason: "stall",
  confidence: 0.9,
  evidence: [],
};
const COUNTS = {
  full: 7,
  short: 0,
  partial: 0,
  attempt: 1,
  duration_s: 80,
  work_j: null,
  time_under_tension_s: null,
};

describe("robustness-and-screens 3.4: a tile", () => {
  let machine: Machine;
  beforeEach(() => {
    machine = machineOf("a/b");
  });

  it("shows no number that is not of now", () => {
    expect(tileOf(machine, 100)).toMatchObject({ stale: false, count: "0", peak: "100", feed: "live", age: null });
    expect(tileOf(machine, 900)).toMatchObject({ stale: false, feed: "late", age: "0.9 s" });
    expect(tileOf(machine, 1100)).toMatchObject({ stale: true, count: "--", peak: "--", feed: "stale", age: "1.1 s" });
    expect(tileOf(machine, 9000)).toMatchObject({ feed: "lost", need: "signal" });
  });

  it("says what the machine does by word and shape", () => {
    expect(tileOf(machine, 0)).toMatchObject({ icon: "waiting", word: "Position" });
    machine.snapshot(snapshot({ set: 1, phase: "hold", cue: { origin_ns: -1, running: true } }));
    expect(tileOf(machine, 0)).toMatchObject({ icon: "hold", word: "Hold", need: null, most: "15" });
  });

  it("says first what is needed, and beside it what the machine does", () => {
    machine.snapshot(snapshot({ set: 1, phase: "hold", cue: { origin_ns: -1, running: true } }));
    expect(tileOf(machine, 0).head).toEqual({ icon: "hold", word: "Hold" });
    machine.event(event("abrupt_stop", 1, { repetition: 9 }), 0);
    expect(tileOf(machine, 0)).toMatchObject({ word: "Hold", head: { icon: "abrupt", word: "Let go" } });
    machine.event(event("button_pressed", 2, { button: "pain", press: "p" }), 0);
    expect(tileOf(machine, 0).head).toEqual({ icon: "pain", word: "Pain" });
    machine.answers.hear({ type: "told", machine: "a/b", pain: { ...RATING, pain: 7 }, check_in: null }, 0);
    expect(tileOf(machine, 0).head).toEqual({ icon: "pain", word: "Pain 7/10" });
  });

  it.each([
    ["target_reached", "done", "Done"],
    ["failure", "done", "Done"],
    ["stopped", "stop", "Ended"],
    ["idle", "stop", "Ended"],
    ["recording_ended", "stop", "Ended"],
    ["signal_lost", "stale", "Interrupted"],
  ] as const)("has the flag only for a set that came to its goal: %s", (reason, icon, word) => {
    machine.snapshot(snapshot({ set: 1, cue: { origin_ns: -1, running: true } }));
    machine.event(event("failure", 1, FAILED), 0);
    machine.event(event("set_ended", 2, { reason, ...COUNTS }), 0);
    expect(tileOf(machine, 0)).toMatchObject({ icon, word, head: { icon, word } });
  });

  it("says invalid data while it comes", () => {
    machine.invalid_ms = 0;
    expect(tileOf(machine, 100)).toMatchObject({ need: "invalid", word: "Invalid data" });
    machine.frame(frame(11_000, 11_000), server);
    expect(tileOf(machine, 11_000).need).toBe("waiting");
  });
});

describe("robustness-and-screens 3.4: the attention row", () => {
  it("goes by need, then by who has waited longest", () => {
    const names = ["pain", "failure", "limit", "cadence", "late", "lost", "paused", "screen"];
    const machines = new Map(names.map((name) => [name, machineOf(`a/${name}`)]));
    const of = (name: string) => machines.get(name) as Machine;
    const attention = new Attention();
    const all = [...machines.values()].reverse();
    for (const name of ["failure", "limit", "cadence", "paused", "screen"]) {
      of(name).snapshot(snapshot({ machine: `a/${name}`, set: 1, cue: { origin_ns: -1, running: true } }));
    }
    of("paused").event(event("paused", 1, {}), 0);
    attention.update(all, 0);
    of("late").invalid_ms = 200;
    attention.update(all, 200);
    of("lost").invalid_ms = 100;
    for (const repetition of [1, 2]) {
      of("cadence").event(
        event("cadence_deviated", 2 * repetition - 1, {
          repetition,
          phase: "hold",
          direction: "fast",
          deviation_s: -1,
        }),
        0,
      );
      of("cadence").event(
        event("repetition_completed", 2 * repetition, { repetition, extent: "full", ...MEASURES }),
        0,
      );
    }
    of("limit").event(event("range_exceeded", 1, { side: "flexion", angle_deg: 71, level: "stop" }), 0);
    of("failure").event(event("failure_likely", 1, { repetition: 2, confidence: 0.9 }), 0);
    of("pain").event(event("button_pressed", 1, { button: "pain", press: "p" }), 0);
    of("screen").screenAway = true;
    expect(attention.update(all, 300).map(({ machine, need }) => `${machine} ${need}`)).toEqual([
      "a/pain pain",
      "a/screen screen",
      "a/failure likely",
      "a/limit limit",
      "a/cadence cadence",
      "a/late invalid",
      "a/lost invalid",
      "a/paused paused",
    ]);
  });

  it("keeps what was seen until the need is gone or another", () => {
    const machine = machineOf("a/a");
    machine.snapshot(snapshot({ machine: "a/a", set: 1, cue: { origin_ns: -1, running: true } }));
    const attention = new Attention();
    const seen = (local_ms = 0) => attention.update([machine], local_ms).map(({ need, seen: yes }) => [need, yes]);
    machine.event(event("failure_likely", 1, { repetition: 2, confidence: 0.9 }), 0);
    expect(seen()).toEqual([["likely", false]]);
    attention.acknowledge("a/a", "pain");
    expect(seen()).toEqual([["likely", false]]);
    attention.acknowledge("a/a", "likely");
    expect(seen()).toEqual([["likely", true]]);
    machine.event(event("paused", 2, {}), 0);
    expect(seen()).toEqual([["paused", false]]);
    attention.acknowledge("a/a", "paused");
    machine.event(event("resumed", 3, {}), 0);
    // It stood all along; what comes back much later is another call.
    expect(seen()).toEqual([["likely", true]]);
    machine.event(event("paused", 4, {}), 0);
    expect(seen()).toEqual([["paused", false]]);
    machine.event(event("resumed", 5, {}), 0);
    machine.frame(frame(20_000, 20_000), server);
    expect(seen(20_000)).toEqual([["likely", false]]);
  });

  it("takes what a colleague has seen while a late signal hides it", () => {
    const machine = machineOf("a/a");
    machine.snapshot(snapshot({ machine: "a/a", set: 1, cue: { origin_ns: -1, running: true } }));
    const attention = new Attention();
    machine.event(event("failure_likely", 1, { repetition: 2, confidence: 0.9 }), 0);
    expect(attention.update([machine], 500)).toMatchObject([{ need: "likely", since_ms: 500 }]);
    expect(attention.update([machine], 1500)).toMatchObject([{ need: "signal", seen: false }]);
    attention.acknowledge("a/a", "likely");
    expect(attention.update([machine], 1750)).toMatchObject([{ need: "signal", seen: false }]);
    machine.frame(frame(2000, 2000), server);
    expect(attention.update([machine], 2000)).toMatchObject([{ need: "likely", since_ms: 500, seen: true }]);
  });

  it("calls for one who waits only after a while, and forgets what is over", () => {
    const machine = machineOf("a/a");
    const attention = new Attention();
    expect(attention.update([machine], 0)).toEqual([]);
    machine.frame(frame(21_000, 21_000), server);
    expect(attention.update([machine], 21_000)).toMatchObject([{ need: "waiting", since_ms: 0 }]);
    machine.snapshot(snapshot({ machine: "a/a", plan: null, session: null }));
    expect(attention.update([machine], 21_000)).toEqual([]);
  });

  it("leaves a machine alone that is off and has no session", () => {
    const machine = new Machine("a/a");
    machine.feed("offline");
    expect(new Attention().update([machine], 0)).toEqual([]);
  });
});

describe("decision 0179: what a patient has said", () => {
  const rating = (id: string, over: Partial<PainRating> = {}): PainRating => ({ ...RATING, id, ...over });
  const checkIn = (over: Partial<CheckIn>): CheckIn => ({
    id: "c",
    who: "self",
    pain: null,
    ready: false,
    skipped: false,
    age_ms: 0,
    seen: false,
    ...over,
  });
  const told = (pain: PainRating | null, check_in: CheckIn | null = null): Told => ({
    type: "told",
    machine: "a/a",
    pain,
    check_in,
  });
  let machine: Machine;
  let attention: Attention;
  const calls = (local_ms = 0) => attention.update([machine], local_ms).map(({ need, seen }) => [need, seen]);
  const notes = (local_ms = 0) => tileOf(machine, local_ms).notes.map(({ text, tone }) => `${tone}: ${text}`);
  beforeEach(() => {
    machine = machineOf("a/a");
    attention = new Attention();
  });

  it("stands on the tile with its age, and calls anew for a stop that was seen before it", () => {
    machine.event(event("button_pressed", 1, { button: "pain", press: "p" }), 0);
    attention.acknowledge("a/a", "pain");
    calls();
    attention.acknowledge("a/a", "pain");
    expect(calls()).toEqual([["pain", true]]);
    machine.answers.hear(told(rating("r1")), 0);
    expect(calls()).toEqual([["pain", false]]);
    expect(notes()).toEqual(["attention: 7 of 10 · Back · Leg · Sharp · just now"]);
    expect(notes(25_000)).toEqual(["attention: 7 of 10 · Back · Leg · Sharp · 20\u00a0s ago"]);
    expect(notes(150_000)[0]).toContain("2\u00a0min ago");
    expect(machine.answers.see("pain")).toBe("r1");
    expect(calls()).toEqual([["pain", true]]);
    expect(notes()[0], "it stands as long as the stop does").toContain("plain: 7 of 10");
    machine.answers.hear(told(rating("r2", { pain: 9 })), 0);
    expect(calls(), "another answer was not seen").toEqual([["pain", false]]);
  });

  it("is called for after the stop is over, until somebody has seen it, here or elsewhere", () => {
    machine.answers.hear(told(rating("r1", { age_ms: 60_000 })), 0);
    expect(calls()).toEqual([["rated", false]]);
    expect(notes()[0]).toContain("1\u00a0min ago");
    machine.answers.hear(told(rating("r1", { seen: true })), 0);
    expect([calls(), notes()]).toEqual([[], []]);
  });

  it("before a set: a note while it waits, a call for another person or much pain", () => {
    machine.answers.hear(told(null, checkIn({ pain: 3, ready: true })), 0);
    expect([calls(), notes()]).toEqual([[], ["plain: Pain before the set: 3 of 10 · ready · just now"]]);
    machine.answers.hear(told(null, checkIn({ pain: 6 })), 0);
    expect(calls()).toEqual([["sore", false]]);
    machine.answers.hear(told(null, checkIn({ id: "d", who: "other", pain: 6 })), 0);
    expect(calls()).toEqual([["other", false]]);
    expect(machine.answers.see("other")).toBe("d");
    expect(calls()).toEqual([]);
    machine.snapshot(snapshot({ machine: "a/a", set: 1, cue: { origin_ns: -1, running: true } }));
    expect(notes()).toEqual([]);
    expect(machine.answers.see("cadence"), "a call about something else showed no answer").toBeNull();
  });
});

describe("decision 0215: the screen of a patient in a set", () => {
  it("calls when it is cut off, whatever else the machine sends, until it is back", () => {
    const machine = machineOf("a/a");
    machine.snapshot(snapshot({ machine: "a/a", set: 1, phase: "hold", cue: { origin_ns: -1, running: true } }));
    machine.screenAway = true;
    expect(tileOf(machine, 0)).toMatchObject({ feed: "live", head: { icon: "screen", word: "Screen cut off" } });
    expect(needOf(machine, 5000), "also where nothing is heard of the machine").toBe("screen");
    machine.event(event("range_exceeded", 1, { side: "flexion", angle_deg: 71, level: "stop" }), 0);
    expect(needOf(machine, 0)).toBe("screen");
    machine.event(event("abrupt_stop", 2, { repetition: 9 }), 0);
    expect(needOf(machine, 0)).toBe("abrupt");
    machine.snapshot(snapshot({ machine: "a/a", set: 1, session: "s2" }));
    machine.screenAway = false;
    expect(needOf(machine, 0)).not.toBe("screen");
  });
});

describe("robustness-and-screens 3.4: density", () => {
  it("says it in single lines from seven machines on", () => {
    expect([6, 7].map(isDense)).toEqual([false, true]);
  });

  it.each([
    [1, 1],
    [3, 3],
    [4, 2],
    [6, 3],
    [12, 4],
    [15, 5],
    [24, 6],
    [60, 6],
  ])("%s machines in %s columns", (machines, columns) => {
    expect(columnsFor(machines)).toBe(columns);
  });
});
