import { beforeEach, describe, expect, it } from "vitest";
import { ServerClock } from "../../live/clock";
import { FREEZE_MS } from "../../live/freshness";
import { Machine } from "../../live/machine";
import { ENDED, event, frame, MEASURES, PLAN, snapshot } from "../../live/samples";
import type { Keeping } from "../../wire.gen";
import { READ_MS, sceneOf, Watch } from "./scene";
import { viewOf } from "./view";

const server = new ServerClock();
server.pong(0, 0, 0); // one clock for the server, the device and the page
/** Of a display that draws 30 times a second. */
const LONGEST_FRAME_MS = 34;

describe("robustness-and-screens 3.6: the patient's states", () => {
  let machine: Machine;
  let watch: Watch;
  let rest_s: number;
  const at = (local_ms: number, still_ms = 0) =>
    sceneOf(machine, local_ms, watch, { pain: false, asks: false, rest_s }, still_ms);
  const sample = (at_ms: number, angle_deg = 60) =>
    machine.frame(
      frame(at_ms, at_ms, { angle_deg, trace: { t_ns: [at_ms * 1e6], angle_deg: [angle_deg], torque_nm: [100] } }),
      server,
    );

  beforeEach(() => {
    machine = new Machine("a/b");
    watch = new Watch();
    rest_s = 0;
  });

  function running(origin_ms: number): void {
    machine.snapshot(snapshot({ set: 1, cue: { origin_ns: origin_ms * 1e6, running: true } }));
    machine.feed("live");
  }

  /** A cue whose countdown was seen here. */
  function led(origin_ms: number): void {
    running(origin_ms);
    sample(origin_ms - 3000);
    expect(at(origin_ms - 3000).kind).toBe("countdown");
  }

  it("connects, then waits for a machine that is off", () => {
    expect(at(0).kind).toBe("connecting");
    machine.feed("offline");
    expect(at(0).kind).toBe("offline");
  });

  it("greets without plan and session, then shows the dot alone", () => {
    machine.snapshot(snapshot({ plan: null, session: null }));
    machine.feed("live");
    sample(0);
    // 3.6: nobody is asked to hold or to stop where nothing is going on.
    expect([at(10).kind, at(800).kind, at(6000).kind]).toEqual(["idle", "silent", "silent"]);
    machine.snapshot(snapshot({ plan: null }));
    expect(at(10)).toMatchObject({ kind: "free", since_s: null, fresh: true });
    expect([at(800).kind, at(6000).kind]).toEqual(["frozen", "lost"]);
  });

  it("asks before the first set, and a start by the therapist takes the questions away", () => {
    const asked = (local_ms: number) => sceneOf(machine, local_ms, watch, { pain: false, asks: true, rest_s }).kind;
    machine.snapshot(snapshot());
    machine.feed("live");
    sample(0);
    expect([asked(10), at(10).kind]).toEqual(["checkin", "positioning"]);
    expect(asked(700)).toBe("frozen");
    sample(1000);
    machine.snapshot(snapshot({ cue: { origin_ns: 4000e6, running: true } }));
    expect(asked(1010)).toBe("countdown");
    machine.snapshot(snapshot());
    machine.event(event("set_ended", 1, ENDED), 1010);
    sample(1020);
    expect(asked(1020), "after a set nobody is asked").toBe("done");
  });

  it("positions with a plan, counts down, runs", () => {
    machine.snapshot(snapshot());
    machine.feed("live");
    sample(0);
    expect(at(10).kind).toBe("positioning");
    running(3000);
    expect(at(100)).toMatchObject({ kind: "countdown", digit: 3 });
    sample(2900);
    expect(at(2950)).toMatchObject({ kind: "countdown", digit: 1 });
    sample(3000);
    expect(at(3050)).toMatchObject({ kind: "running", phase: "extension", digit: 4 });
    sample(7500);
    expect(at(7500)).toMatchObject({ kind: "running", phase: "hold", digit: 2 });
  });

  it("contract 5, F22: freezes so that no picture is seen 500 ms after the newest sample, gives up after 5 s", () => {
    led(0);
    sample(1000);
    expect(at(1000 + FREEZE_MS)).toMatchObject({ kind: "running", fresh: true });
    expect(FREEZE_MS + LONGEST_FRAME_MS).toBeLessThan(500);
    expect(at(1001 + FREEZE_MS)).toMatchObject({ kind: "frozen", fresh: false, since_s: null, digit: null });
    expect(at(6001).kind).toBe("lost");
  });

  it("F22: stops the cue when samples come without an angle", () => {
    led(0);
    sample(1000);
    const trace = { t_ns: [1600e6], angle_deg: [null], torque_nm: [1] };
    machine.frame(frame(1600, 1600, { angle_deg: null, trace }), server);
    expect(at(1600)).toMatchObject({ kind: "sensor", since_s: null });
  });

  it("H06: comes back by positioning and countdown, at the start of a cycle", () => {
    led(0);
    sample(1000);
    expect(at(1600).kind).toBe("frozen");
    const kinds: Record<string, number> = {};
    for (let local_ms = 2000; local_ms < 11_000; local_ms += 100) {
      sample(local_ms);
      kinds[at(local_ms).kind] ??= local_ms;
    }
    expect(kinds).toEqual({ positioning: 2000, countdown: 7000, running: 10_000 });
  });

  it("H06: no way leads into the middle: not a page that is loaded anew, not another origin, not a picture that stood still", () => {
    running(0);
    sample(1000);
    expect(at(1000)).toMatchObject({ kind: "positioning", since_s: null });
    sample(7500);
    expect(at(7500)).toMatchObject({ kind: "countdown", digit: 3, from_s: 10 });
    sample(10_500);
    expect(at(10_500).kind).toBe("running");
    running(9000);
    sample(11_000);
    expect(at(11_000).kind).toBe("positioning");
    led(20_000);
    sample(21_000);
    expect(at(21_000).kind).toBe("running");
    sample(22_000);
    expect(at(22_000, 501).kind).toBe("positioning");
  });

  it("H06: a clock that is set while the cue leads leads nobody on", () => {
    led(0);
    for (let local_ms = -2750; local_ms <= 1000; local_ms += 250) {
      sample(local_ms);
      at(local_ms);
    }
    expect(at(1000).kind).toBe("running");
    // All that is left is a ping whose answer was slow: the page takes the same moments for 400 ms later.
    const late = new ServerClock();
    late.pong(0, 800, 0);
    const seen = [1250, 1500, 1750, 2000, 2250, 2500].map((local_ms) => {
      machine.frame(frame(local_ms, local_ms), late);
      return [at(local_ms).kind, machine.sinceOrigin(local_ms)];
    });
    expect(seen.filter(([kind]) => kind === "running").map(([, since_s]) => since_s)).toEqual([1.25, 1.5, 1.75, 2]);
    expect(seen.slice(4)).toEqual([
      ["positioning", 1.85],
      ["positioning", 2.1],
    ]);
  });

  it("F17, H06: a clock that was forgotten in sleep does not lead back into the middle", () => {
    led(0);
    sample(1000);
    expect(at(1000).kind).toBe("running");
    machine.forget();
    expect(at(1010).kind).toBe("connecting");
    sample(1020);
    expect(at(1020).kind).toBe("positioning");
  });

  it("F21, F22: a stuck angle, and one that comes and goes, lead nobody", () => {
    led(0);
    sample(1000);
    machine.event(event("signal_faulted", 1, { channel: "angle", fault: "stuck" }), 0);
    expect(at(1000)).toMatchObject({ kind: "sensor", since_s: null });
    machine.event(event("signal_restored", 2, { channel: "angle", fault: "stuck" }), 0);
    expect(at(1000).kind).toBe("positioning");
    led(20_000);
    sample(21_000);
    machine.event(event("signal_faulted", 3, { channel: "angle", fault: "dropout" }), 0);
    sample(21_150);
    expect(at(21_150).kind, "150 ms are bridged").toBe("running");
    for (let local_ms = 21_250; local_ms <= 21_550; local_ms += 100) sample(local_ms);
    expect(at(21_550).kind, "readings now and then").toBe("sensor");
  });

  it("H05: sound is never scheduled past the freeze, nor without a cue", () => {
    led(0);
    sample(1000);
    expect(at(1400).sound_until_ms).toBe(1000 + FREEZE_MS);
    machine.event(event("signal_faulted", 1, { channel: "angle", fault: "stuck" }), 0);
    expect(at(1400).sound_until_ms).toBe(Number.NEGATIVE_INFINITY);
    expect(at(1501).sound_until_ms).toBe(Number.NEGATIVE_INFINITY);
  });

  it("H06: does not come back within a countdown of the next cycle", () => {
    led(0);
    sample(7000);
    expect(at(7600).kind).toBe("frozen");
    sample(8000);
    expect(at(8000).kind).toBe("positioning");
    for (let local_ms = 8250; local_ms < 17_000; local_ms += 250) {
      sample(local_ms);
      expect(at(local_ms).kind).toBe("positioning");
    }
    for (let local_ms = 17_000; local_ms < 20_000; local_ms += 250) {
      sample(local_ms);
      expect(at(local_ms).kind).toBe("countdown");
    }
    sample(20_000);
    expect(at(20_000).kind).toBe("running");
  });

  it("tells a pause from a cue that the service took away", () => {
    machine.snapshot(snapshot({ set: 1 }));
    machine.feed("live");
    sample(0);
    expect(at(10).kind).toBe("interrupted");
    machine.event(event("paused", 1, {}), 0);
    expect(at(10).kind).toBe("paused");
  });

  it("is done when the set has ended, until the next", () => {
    machine.snapshot(snapshot());
    machine.feed("live");
    sample(0);
    const counts = {
      full: 11,
      short: 1,
      partial: 0,
      attempt: 0,
      duration_s: 120,
      work_j: null,
      time_under_tension_s: null,
    };
    machine.event(event("set_ended", 1, { reason: "target_reached", ...counts }), 0);
    expect(at(10).kind).toBe("done");
    machine.event(event("set_started", 2, { set: 2, plan: PLAN }), 0);
    expect(at(10).kind).not.toBe("done");
  });

  it("3.6, session done: the result stays whole where lowering the load begins a session of its own, until it can have been read", () => {
    const asks = (local_ms: number) => sceneOf(machine, local_ms, watch, { pain: false, asks: true, rest_s });
    const view = (local_ms: number) => viewOf(machine, asks(local_ms), local_ms, 0);
    const result = (local_ms: number) => view(local_ms).result;
    machine.snapshot(snapshot({ set: 1 }));
    machine.feed("live");
    sample(0);
    machine.event(event("repetition_completed", 1, { repetition: 1, extent: "full", ...MEASURES }), 0);
    machine.event(event("set_ended", 2, { ...ENDED, reason: "stopped", full: 1 }), 0);
    const known = { count: 1, hold_s: 2 };
    expect(result(10)).toMatchObject(known);
    machine.snapshot(snapshot({ session: null, last_event_id: 2 }));
    expect(result(20)).toMatchObject(known);
    machine.snapshot(snapshot({ session: "s2", plan: { ...PLAN, session: "s2" } }));
    sample(500);
    expect(view(510)).toMatchObject({ kind: "ended", current: 1, result: known });
    sample(READ_MS);
    expect(asks(READ_MS).kind).toBe("checkin");
  });

  it("H02: nobody is shown the result of whoever sat here before", () => {
    machine.snapshot(snapshot({ set: 1 }));
    machine.feed("live");
    sample(0);
    machine.event(event("set_ended", 1, { ...ENDED, reason: "stopped" }), 0);
    machine.snapshot(snapshot({ session: null, last_event_id: 1 }));
    machine.snapshot(snapshot({ session: "s2", plan: { ...PLAN, session: "s2", label: "Grün 3" } }));
    expect(sceneOf(machine, 10, watch, { pain: false, asks: true, rest_s }).kind).toBe("checkin");
  });

  it("rests after a set where a rest is prescribed, then positions again", () => {
    rest_s = 60;
    machine.snapshot(snapshot());
    machine.feed("live");
    sample(0);
    const counts = { full: 11, short: 1, partial: 0, attempt: 0, duration_s: 120, work_j: null };
    machine.event(event("set_ended", 1, { reason: "failure", ...counts, time_under_tension_s: null }), 0);
    expect(at(10)).toMatchObject({ kind: "rest", digit: 60 });
    sample(59_500);
    expect(at(59_500)).toMatchObject({ kind: "rest", digit: 1 });
    sample(60_000);
    expect(at(60_000).kind).toBe("positioning");
  });

  it.each([
    ["target_reached", "done", "rest"],
    ["failure", "done", "rest"],
    ["stopped", "ended", "ended"],
    ["idle", "ended", "ended"],
    ["recording_ended", "ended", "ended"],
    ["signal_lost", "broken", "broken"],
  ] as const)('3.6, set done: "plan met", and a rest follows no other end: %s is %s', (reason, without, with_rest) => {
    const seen = (plan: typeof PLAN | null) => {
      machine = new Machine("a/b");
      machine.snapshot(snapshot({ plan }));
      machine.feed("live");
      sample(0);
      machine.event(event("set_ended", 1, { ...ENDED, reason }), 0);
      return at(10).kind;
    };
    expect([seen(PLAN), seen(null)]).toEqual([without, without]);
    rest_s = 60;
    expect(seen(PLAN)).toBe(with_rest);
  });

  it("a set that pain has ended, once that is over, was not completed", () => {
    machine.snapshot(snapshot());
    machine.feed("live");
    sample(0);
    machine.event(event("set_ended", 1, { ...ENDED, reason: "pain" }), 0);
    expect(at(10).kind).toBe("pain");
    machine.pain = false;
    expect(at(10).kind).toBe("broken");
  });

  it("F05: off where nobody sits, restarting where somebody does", () => {
    machine.snapshot(snapshot());
    machine.feed("offline");
    expect(at(0).kind).toBe("offline");
    machine.snapshot(snapshot({ set: 1 }));
    expect(at(0).kind).toBe("restarting");
    machine.said = "lost";
    machine.offline = false;
    expect(at(0).kind).toBe("restarting");
  });

  it("F18: is not released while another agent uses its name, and a set that runs is not disturbed", () => {
    machine.snapshot(snapshot());
    machine.feed("live");
    sample(-3000);
    machine.keep.hear({ conflict: "boot" } as Keeping, 0);
    expect(at(-3000).kind).toBe("unreleased");
    led(0);
    expect(at(-3000).kind).toBe("countdown");
  });

  it("3.6, H06: nobody is led who does not sit in the start zone when the cue begins", () => {
    running(3000);
    for (let local_ms = 0; local_ms < 3000; local_ms += 250) {
      sample(local_ms, 40);
      expect(at(local_ms)).toMatchObject({ kind: "countdown", seated: false });
    }
    sample(3000, 58);
    expect(at(3000).kind, "just come").toBe("positioning");
    for (let local_ms = 3250; local_ms < 13_000; local_ms += 250) {
      sample(local_ms, 58);
      expect(at(local_ms).kind).toBe(local_ms < 10_000 ? "positioning" : "countdown");
    }
    sample(13_000, 52);
    expect(at(13_000).kind, "a little early is no fault").toBe("running");
  });

  it("H06, H08: a plan that changes under the cue leads nobody on", () => {
    led(0);
    sample(1000);
    expect(at(1000).kind).toBe("running");
    const plan = { ...PLAN, range: { flexion_deg: 40, extension_deg: 6 } };
    machine.snapshot(snapshot({ set: 1, plan, cue: { origin_ns: 0, running: true } }));
    expect(at(1000).kind).toBe("positioning");
  });

  describe("contract 3, pacing `follow`: the cue waits for the patient at each turn", () => {
    const follow = { ...PLAN, pacing: "follow" } as const;
    const cueAt = (origin_ms: number) =>
      machine.snapshot(snapshot({ set: 1, plan: follow, cue: { origin_ns: origin_ms * 1e6, running: true } }));

    it("goes on with the patient's own onset, and never leads a patient who was elsewhere", () => {
      cueAt(0);
      machine.feed("live");
      sample(-3000);
      expect(at(-3000).kind).toBe("countdown");
      for (let local_ms = 0; local_ms <= 12_000; local_ms += 250) {
        sample(local_ms);
        at(local_ms);
      }
      expect(at(12_000)).toMatchObject({ kind: "running", phase: "turn", digit: null });
      cueAt(12_000);
      sample(13_000, 50);
      expect(at(13_000)).toMatchObject({ kind: "running", phase: "extension", digit: 3 });
      for (let local_ms = 13_500; local_ms <= 20_000; local_ms += 250) {
        sample(local_ms, 30);
        at(local_ms);
      }
      cueAt(19_000);
      expect(at(20_000).kind).toBe("positioning");
    });
  });

  it("puts pain before everything, pressed here or elsewhere", () => {
    led(0);
    expect(sceneOf(machine, 0, watch, { pain: true, asks: true, rest_s }).kind).toBe("pain");
    machine.event(event("button_pressed", 1, { button: "pain", press: "p" }), 0);
    expect(at(99_999).kind).toBe("pain");
  });
});
