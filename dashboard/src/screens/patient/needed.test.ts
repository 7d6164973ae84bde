import { describe, expect, it } from "vitest";
import { browser } from "../../live/browser";
import { ServerClock } from "../../live/clock";
import { Machine } from "../../live/machine";
import { event, frame, snapshot } from "../../live/samples";
import { isNeeded } from "./needed";

const server = new ServerClock();

function machine(set: number | null = null): Machine {
  const found = new Machine("a/b");
  found.snapshot(snapshot({ set }));
  return found;
}

describe("decision 0249: a screen that is let in no more stays while somebody needs it", () => {
  it("in a set, in a countdown, after a stop for pain; at rest it does not", () => {
    expect(isNeeded(machine(), null, false, 0)).toBe(false);
    expect(isNeeded(machine(1), null, false, 0)).toBe(true);
    const counting = machine();
    counting.snapshot(snapshot({ cue: { origin_ns: 9e18, running: true } }));
    expect(isNeeded(counting, null, true, 0)).toBe(true);
    expect(isNeeded(machine(), "told", false, 0)).toBe(true);
    const stopped = machine();
    stopped.event(event("button_pressed", 1, { button: "pain", press: "p" }), 0);
    expect(isNeeded(stopped, null, false, 0)).toBe(true);
  });

  it("a paired one is staff's to part, once they know of the stop", () => {
    expect(isNeeded(machine(), "forbidden", true, 0)).toBe(true);
    expect(isNeeded(machine(), "told", true, 0)).toBe(false);
  });

  it("for ten minutes without a word of the machine, however long with one", () => {
    const silent = machine(1);
    expect([isNeeded(silent, null, false, 600_000), isNeeded(silent, null, false, 600_001)]).toEqual([true, false]);
    const now = browser.now();
    server.pong(now, now, now * 1e6);
    silent.frame(frame(50_000, now), server);
    expect(isNeeded(silent, null, false, 3_600_000)).toBe(true);
  });
});
