import { beforeEach, describe, expect, it } from "vitest";
import { ServerClock } from "../../live/clock";
import { Machine } from "../../live/machine";
import { event, frame, snapshot } from "../../live/samples";
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
  it("puts pain first, then the longest waiting", () => {
    const a = machineOf("a/a");
    const b = machineOf("a/b");
    const c = machineOf("a/c");
    const attention = new Attention();
    const all = [a, b, c];
    a.event(event("paused", 1, {}), 0);
    attention.update(all, 0);
    b.invalid_ms = 100;
    attention.update(all, 100);
    c.event(event("button_pressed", 1, { button: "pain", press: "p" }), 0);
    expect(attention.update(all, 200).map((call) => [call.machine, call.need])).toEqual([
      ["a/c", "pain"],
      ["a/a", "paused"],
      ["a/b", "invalid"],
    ]);
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
