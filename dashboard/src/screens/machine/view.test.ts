import { beforeEach, describe, expect, it } from "vitest";
import { ServerClock } from "../../live/clock";
import { Machine } from "../../live/machine";
import { ENDED, event, frame, MEASURES, snapshot } from "../../live/samples";
import { allowedAt, Delay, eventWords, reserveOf } from "./view";

const server = new ServerClock();
server.pong(0, 0, 0);
const RUNNING = { origin_ns: -1, running: true };

describe("the machine's page", () => {
  let machine: Machine;
  beforeEach(() => {
    machine = new Machine("a/b");
    machine.feed("live");
    machine.frame(frame(0, 0), server);
  });
  const allowed = (local_ms = 0) => {
    const { refusal: _, ...can } = allowedAt(machine, local_ms);
    return Object.entries(can)
      .filter(([, yes]) => yes)
      .map(([name]) => name);
  };

  it("allows what the machine would do", () => {
    expect(allowed()).toEqual(["start", "plan"]);
    machine.snapshot(snapshot());
    expect(allowed()).toEqual(["start", "stop", "plan"]);
    expect(allowed(3000)).toEqual(["stop", "plan"]);
    machine.snapshot(snapshot({ cue: { origin_ns: 1e9, running: true } }));
    expect(allowed()).toEqual(["pause", "stop"]);
    machine.event(event("paused", 1, {}), 0);
    machine.snapshot(snapshot());
    expect(allowed(), "paused in the countdown").toEqual(["resume", "stop", "plan"]);
    machine.snapshot(snapshot({ set: 1, cue: RUNNING }));
    expect(allowed()).toEqual(["pause", "stop"]);
    machine.event(event("paused", 2, {}), 0);
    expect(allowed()).toEqual(["resume", "stop"]);
    machine.event(event("set_ended", 3, ENDED), 0);
    machine.snapshot(snapshot());
    machine.event(event("paused", 4, { set: null }), 0);
    expect(allowed(), "paused where nothing runs: a start leads on, there is nothing to resume").toEqual([
      "start",
      "stop",
      "plan",
    ]);
  });

  it("goes on after an interruption, and starts nothing that the machine refuses", () => {
    machine.snapshot(snapshot({ set: 1 }));
    expect(allowed()).toContain("resume");
    machine.snapshot(snapshot());
    machine.keep.hear({ type: "keeping", machine: "a/b", recording: null, spool_refuses: true } as never, 0);
    expect(allowed()).toEqual(["stop"]);
    expect(allowedAt(machine, 0).refusal).toBe("full");
    machine.keep.hear({ type: "keeping", machine: "a/b", recording: null, outdated: "2" } as never, 0);
    expect(allowed(), "a plan is taken all the same").toEqual(["stop", "plan"]);
  });

  it("gives the reserve with its interval while it is of now", () => {
    machine.snapshot(snapshot({ set: 1, cue: RUNNING }));
    expect(reserveOf(machine, false)).toEqual({ value: "--", interval: null });
    machine.event(event("reserve_estimated", 1, { repetition: 7, repetitions_left: 4.4, low: 2.6, high: 6 }), 0);
    expect(reserveOf(machine, false)).toEqual({ value: "4", interval: "80 %: 3 to 6" });
    expect(reserveOf(machine, true).value).toBe("--");
    machine.event(
      event("failure", 2, { repetition: 8, angle_deg: 30, reason: "stall", confidence: 1, evidence: [] }),
      0,
    );
    expect(reserveOf(machine, false)).toEqual({ value: "0", interval: "Failure reached" });
  });

  it("measures from the sensor into the picture, each sample once", () => {
    const delay = new Delay();
    expect(delay.figures).toBeNull();
    for (const [sent_ms, drawn_ms] of [
      [20, 32],
      [40, 56],
      [60, 98],
    ] as const) {
      machine.frame(frame(sent_ms, sent_ms), server);
      delay.drawn(machine, drawn_ms);
      delay.drawn(machine, drawn_ms + 1000);
    }
    expect(delay.figures).toEqual({ median: 16, most: 38 });
  });

  it("tells events in words, and leaves out what it shows otherwise", () => {
    expect(eventWords(event("phase_entered", 1, { repetition: 1, phase: "hold" }))).toBeNull();
    expect(eventWords(event("repetition_completed", 1, { repetition: 4, extent: "short", ...MEASURES }))).toBe(
      "Repetition 4: short",
    );
    expect(eventWords(event("set_ended", 1, ENDED))).toBe("Set ended: failure");
    expect(eventWords(event("signal_faulted", 1, { channel: "torque", fault: "stuck" }))).toBe("Sensor fault: Torque");
    expect(eventWords(event("halted", 1, { repetition: 3 }))).toBe("Held still midway, Repetition 3");
    expect(eventWords(event("paused", 1, {}))).toBe("Paused");
  });
});
