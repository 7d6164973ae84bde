import { beforeEach, describe, expect, it } from "vitest";
import { ServerClock } from "./clock";
import { Machine } from "./machine";
import { event, frame, MEASURES, PLAN, snapshot } from "./samples";

const server = new ServerClock();
server.pong(0, 0, 1000e6); // server time = page time + 1000 ms

/** Device time = page time + 50 000 ms. */
function run(machine: Machine, from_ms: number, until_ms: number): void {
  for (let at = from_ms; at <= until_ms; at += 20) machine.frame(frame(at + 50_000, at + 1000), server);
}

describe("contract 5: what a page knows of a machine", () => {
  let machine: Machine;
  beforeEach(() => {
    machine = new Machine("a/b");
  });

  it("reckons the newest sample's age itself, from its own time", () => {
    expect(machine.age(0)).toBeNull();
    run(machine, 0, 400);
    expect(machine.age(400)).toBeCloseTo(0, 6);
    expect(machine.freshness(700)).toBe("late");
    expect(machine.freshness(400 + 5001)).toBe("lost");
  });

  it("counts the service's own estimate of the way here", () => {
    for (let at = 0; at <= 400; at += 20) machine.frame(frame(at + 50_000 - 80, at + 1000, { age_ms: 80 }), server);
    expect(machine.age(400)).toBeCloseTo(80, 6);
  });

  it("tells samples without an angle from samples", () => {
    run(machine, 0, 400);
    const trace = { t_ns: [51_000e6], angle_deg: [null], torque_nm: [1] };
    machine.frame(frame(51_000, 2000, { angle_deg: null, trace }), server);
    expect(machine.age(1000)).toBeCloseTo(0, 6);
    expect(machine.angleAge(1000)).toBeCloseTo(600, 6);
  });

  it("F22: an angle that is shown on without a reading is as old as its last reading", () => {
    run(machine, 0, 400);
    const trace = { t_ns: [50_420e6, 50_440e6, 50_460e6], angle_deg: [31, null, null], torque_nm: [1, 1, 1] };
    machine.frame(frame(50_460, 1460, { angle_deg: 31, trace }), server);
    expect(machine.angleAge(460)).toBeCloseTo(40, 6);
    machine.frame(
      frame(50_480, 1480, { angle_deg: 31, trace: { t_ns: [50_480e6], angle_deg: [null], torque_nm: [1] } }),
      server,
    );
    expect(machine.age(480)).toBeCloseTo(0, 6);
    expect(machine.angleAge(480)).toBeCloseTo(60, 6);
  });

  it("H01: what is told again, and what is older, is not news, whatever its age is said to be", () => {
    run(machine, 0, 400);
    for (let at = 420; at <= 3000; at += 20) machine.frame(frame(50_400, at + 1000), server);
    expect(machine.age(3000)).toBeCloseTo(2600, 6);
    machine.frame(frame(50_100, 2000), server);
    machine.frame(frame(50_300, 4000, { age_ms: 2700 }), server);
    expect(machine.age(3000)).toBeCloseTo(2600, 6);
  });

  it("H01: old frames, honestly old, are old", () => {
    for (let at = 0; at <= 400; at += 20) machine.frame(frame(at + 46_000, at + 1000, { age_ms: 4000 }), server);
    expect(machine.age(400)).toBeCloseTo(4000, 6);
  });

  it("counts what the clocks may be wrong as age", () => {
    const slow = new ServerClock();
    slow.pong(0, 600, 1300e6);
    machine.frame(frame(50_000, 1000), slow);
    expect(machine.age(0)).toBeCloseTo(300, 6);
  });

  it("F22: a wild reading is none", () => {
    const trace = { t_ns: [50_020e6], angle_deg: [1e9], torque_nm: [1] };
    run(machine, 0, 0);
    machine.frame(frame(50_020, 1020, { angle_deg: 1e9, trace }), server);
    expect(machine.angleAge(20)).toBeCloseTo(20, 6);
    expect(machine.trace.angle(1)).toBeNaN();
  });

  it("begins anew with another run of the machine", () => {
    run(machine, 0, 400);
    machine.frame(frame(3, 1500), server);
    expect(machine.trace.length).toBe(1);
    expect(machine.age(500)).toBeCloseTo(0, 6);
  });

  it("puts the cue's origin on its own clock", () => {
    machine.snapshot(snapshot({ cue: { origin_ns: 53_000e6, running: true } }));
    run(machine, 0, 400);
    expect(machine.sinceOrigin(400)).toBeCloseTo(-2.6, 6);
    expect(machine.sinceOrigin(5000)).toBeCloseTo(2, 6);
  });

  it("follows a set by its events", () => {
    machine.snapshot(snapshot());
    machine.event(event("set_started", 1, { plan: PLAN }), 0);
    machine.event(event("repetition_started", 2, { repetition: 1 }), 0);
    machine.event(event("phase_entered", 3, { repetition: 1, phase: "extension" }), 0);
    expect([machine.set, machine.phase, machine.count, machine.current]).toEqual([1, "extension", 0, 1]);
    expect(machine.next, "feedback fades between two repetitions, never within one").toBe(1);
    machine.event(event("repetition_completed", 4, { ...MEASURES, repetition: 1, extent: "full", flags: [] }), 0);
    expect([machine.count, machine.current, machine.next]).toEqual([1, 1, 2]);
    machine.event(event("repetition_started", 5, { repetition: 2 }), 0);
    expect(machine.next).toBe(2);
    machine.event(event("repetition_completed", 6, { ...MEASURES, repetition: 2, extent: "attempt", flags: [] }), 0);
    expect([machine.count, machine.current, machine.next]).toEqual([1, 1, 3]);
    const early = { ...MEASURES, extent: "short" as const, flags: ["incomplete_return" as const] };
    machine.event(event("repetition_completed", 7, { ...early, repetition: 3 }), 0);
    expect(machine.next, "decision 0241: it went up again early, so the next is on its way when this is told").toBe(3);
    machine.event(event("repetition_completed", 8, { ...MEASURES, repetition: 4, extent: "attempt", flags: [] }), 0);
    expect(machine.next).toBe(5);
    const counts = {
      full: 1,
      short: 0,
      partial: 0,
      attempt: 1,
      duration_s: 20,
      work_j: null,
      time_under_tension_s: null,
    };
    machine.event(event("set_ended", 9, { reason: "stopped", ...counts }), 0);
    expect([machine.set, machine.ended?.full]).toEqual([null, 1]);
    machine.event(event("set_started", 10, { set: 2, plan: PLAN }), 0);
    expect([machine.set, machine.ended, machine.count]).toEqual([2, null, 0]);
  });

  it("resumes from the last event, not from a later snapshot", () => {
    expect(machine.resume).toBeNull();
    machine.snapshot(snapshot());
    machine.event(event("paused", 1, {}), 0);
    machine.snapshot(snapshot({ last_event_id: 12 }));
    expect(machine.resume).toEqual({ session: "s1", id: 1 });
  });

  it("takes an event once", () => {
    machine.snapshot(snapshot());
    machine.event(event("paused", 1, {}), 0);
    machine.event(event("resumed", 2, {}), 0);
    machine.event(event("paused", 1, {}), 0);
    expect(machine.paused).toBe(false);
  });

  it("learns what happened before it joined, all at once, and keeps where the session stands", () => {
    machine.snapshot(snapshot({ set: 2, repetition: 4, phase: "hold", last_event_id: 4 }));
    expect(machine.takeLate()).toBe(true);
    expect(machine.takeLate()).toBe(false);
    machine.event(event("set_started", 1, { plan: PLAN }), 0);
    machine.event(event("button_pressed", 2, { button: "pain", press: "p" }), 0);
    machine.event(event("repetition_started", 3, { repetition: 9 }), 0);
    expect([machine.pain, machine.repetition]).toEqual([false, 4]);
    machine.event(event("paused", 4, { set: 2 }), 0);
    expect([machine.pain, machine.paused, machine.set, machine.repetition, machine.phase]).toEqual([
      true,
      true,
      2,
      4,
      "hold",
    ]);
    expect(machine.resume).toEqual({ session: "s1", id: 4 });
    machine.event(event("phase_entered", 5, { set: 2, repetition: 4, phase: "flexion" }), 0);
    expect(machine.phase).toBe("flexion");
  });

  it("asks for the whole past even when something happens meanwhile", () => {
    machine.snapshot(snapshot({ set: 1, last_event_id: 2 }));
    machine.event(event("phase_entered", 3, { repetition: 1, phase: "hold" }), 0);
    expect(machine.resume).toEqual({ session: "s1", id: 0 });
    machine.event(event("set_started", 1, { plan: PLAN }), 0);
    machine.event(event("paused", 2, {}), 0);
    machine.event(event("phase_entered", 3, { repetition: 1, phase: "hold" }), 0);
    expect([machine.paused, machine.phase]).toEqual([true, "hold"]);
    expect(machine.resume).toEqual({ session: "s1", id: 3 });
  });

  it("leaves pain and pause behind when the cue runs", () => {
    machine.snapshot(snapshot({ last_event_id: 1, cue: { origin_ns: 9e18, running: true } }));
    machine.event(event("button_pressed", 1, { button: "pain", press: "p" }), 0);
    expect(machine.pain).toBe(false);
  });

  it("keeps what is told late of an earlier session as history", () => {
    machine.snapshot(snapshot({ last_event_id: 7 }));
    machine.snapshot(snapshot({ session: "s2" }));
    machine.event(event("repetition_started", 8, { repetition: 9 }), 0);
    expect([machine.session, machine.repetition]).toEqual(["s2", null]);
    machine.event(event("set_started", 1, { session: "s2", plan: PLAN }), 0);
    expect(machine.set).toBe(1);
    expect(machine.resume).toEqual({ session: "s2", id: 1 });
  });

  it("decision 0248: pain outside a session stands until it is seen, whatever begins by movement", () => {
    const press = { ...event("button_pressed", 0, { set: null, button: "pain", press: "p" }), session: null };
    machine.event(press, 0);
    machine.snapshot(snapshot({ session: "s2", plan: { ...PLAN, session: "s2" } }));
    machine.event(event("set_started", 1, { session: "s2", plan: PLAN }), 0);
    machine.snapshot(snapshot({ session: "s2", set: 1, cue: { origin_ns: 5, running: true } }));
    expect(machine.pain).toBe(true);
    machine.seePain();
    expect(machine.pain).toBe(false);
  });

  it("decision 0248: once seen, pain outside a session is over with the next set or session", () => {
    const press = { ...event("button_pressed", 0, { set: null, button: "pain", press: "p" }), session: null };
    machine.event(press, 0);
    machine.seePain();
    expect(machine.pain).toBe(true);
    machine.snapshot(snapshot());
    expect(machine.pain).toBe(false);
  });

  it("is told again of what stands where it comes back, and takes it for the same", () => {
    const heard: string[] = [];
    machine.told = ({ kind }) => void heard.push(kind);
    const press = { ...event("button_pressed", 0, { set: null, button: "pain", press: "p" }), session: null };
    machine.event(press, 0);
    machine.unseen = false; // as with another line
    machine.event(press, 0);
    machine.snapshot(snapshot());
    expect([machine.pain, heard]).toEqual([true, ["button_pressed"]]);
  });

  it("holds pain until the next set or session", () => {
    machine.snapshot(snapshot());
    machine.event(event("button_pressed", 1, { set: null, button: "pain", press: "p" }), 0);
    expect(machine.pain).toBe(true);
    machine.snapshot(snapshot());
    expect(machine.pain).toBe(true);
    machine.snapshot(snapshot({ session: "s2" }));
    expect(machine.pain).toBe(false);
  });
});
