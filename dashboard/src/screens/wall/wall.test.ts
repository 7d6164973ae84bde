import { beforeEach, describe, expect, it } from "vitest";
import { ServerClock } from "../../live/clock";
import { Machine } from "../../live/machine";
import { event, frame, MEASURES, snapshot } from "../../live/samples";
import { Attention } from "./attention";
import { columnsFor, tileOf } from "./tile";

const server = new ServerClock();
server.pong(0, 0, 0);

function machineOf(name: string): Machine {
  const machine = new Machine(name);
  machine.snapshot(snapshot({ machine: name }));
  machine.feed("live");
  machine.frame(frame(0, 0), server);
  return machine;
}

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

  it("says invalid data while it comes", () => {
    machine.invalid_ms = 0;
    expect(tileOf(machine, 100)).toMatchObject({ need: "invalid", word: "Invalid data" });
    machine.frame(frame(11_000, 11_000), server);
    expect(tileOf(machine, 11_000).need).toBe("waiting");
  });
});

describe("robustness-and-screens 3.4: the attention row", () => {
  it("goes by need, then by who has waited longest", () => {
    const names = ["pain", "failure", "limit", "cadence", "late", "lost", "paused"];
    const machines = new Map(names.map((name) => [name, machineOf(`a/${name}`)]));
    const of = (name: string) => machines.get(name) as Machine;
    const attention = new Attention();
    const all = [...machines.values()].reverse();
    for (const name of ["failure", "limit", "cadence", "paused"]) {
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
    expect(attention.update(all, 300).map(({ machine, need }) => `${machine} ${need}`)).toEqual([
      "a/pain pain",
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

describe("robustness-and-screens 3.4: density", () => {
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
