import { describe, expect, it } from "vitest";
import { ServerClock } from "../../live/clock";
import { Machine } from "../../live/machine";
import { frame, PLAN, snapshot } from "../../live/samples";
import { Stall } from "./stall";

const server = new ServerClock();
server.pong(0, 0, 0);

/** Samples at 100 Hz by angle and torque at a time, s; answers when the rule began and ended to hold, s. */
function told(
  until_s: number,
  angle: (t: number) => number,
  torque: (t: number) => number = () => 100,
  plan = { ...PLAN, load_nm: 100 as number | null },
  leads = true,
): { began: number; ended: number } {
  const machine = new Machine("a/b");
  machine.snapshot(snapshot({ set: 1, plan, cue: { origin_ns: 0, running: true } }));
  const stall = new Stall();
  const found = { began: Number.NaN, ended: Number.NaN };
  for (let t = 0; t < until_s; t = Math.round((t + 0.01) * 100) / 100) {
    const trace = { t_ns: [t * 1e9], angle_deg: [angle(t)], torque_nm: [torque(t)] };
    machine.frame(frame(t * 1000, t * 1000, { angle_deg: angle(t), trace }), server);
    const stands = stall.stands(machine, leads);
    if (stands && Number.isNaN(found.began)) found.began = t;
    if (!stands && !Number.isNaN(found.began) && Number.isNaN(found.ended)) found.ended = t;
  }
  return found;
}

/** Extends at the plan's speed from the flexed end, and stops at an angle. */
const upTo = (stop_deg: number) => (t: number) => Math.max(stop_deg, 60 - 13.5 * t);

describe("H03: no progress for 2 s under load, whatever the detector says", () => {
  it("begins 2 s after the standstill, tremor or not", () => {
    const stood_s = (60 - 33) / 13.5;
    const plain = told(6, upTo(33)).began - stood_s;
    expect(plain).toBeGreaterThan(1.9);
    expect(plain).toBeLessThan(2.3);
    const shaking = told(6, (t) => upTo(33)(t) + Math.sin(2 * Math.PI * 10 * t)).began - stood_s;
    expect(shaking).toBeGreaterThan(1.8);
    expect(shaking).toBeLessThan(2.5);
  });

  it.each([
    ["the hold at the extended end", upTo(6)],
    ["rest at the flexed end", () => 59],
    ["a slow grind upwards", (t: number) => 60 - 2.5 * t],
    ["lowering", (t: number) => 10 + 5 * t],
  ])("is silent in %s", (_, angle) => {
    expect(told(9, angle).began).toBeNaN();
  });

  it("is silent without load, and without a torque to tell", () => {
    expect(told(8, upTo(33), () => 40).began).toBeNaN();
    expect(told(8, upTo(33), () => Number.NaN).began).toBeNaN();
  });

  it("is silent for whom no cue leads: nobody pushes him on", () => {
    expect(told(8, upTo(33), () => 100, { ...PLAN, load_nm: 100 }, false).began).toBeNaN();
  });

  it("learns the load where none is prescribed", () => {
    const plan = { ...PLAN, load_nm: null };
    expect(told(8, upTo(33), () => 100, plan).began).toBeGreaterThan(0);
    expect(told(8, upTo(33), (t) => (t < 1.8 ? 100 : 40), plan).began).toBeNaN();
  });

  it("is over when the load is set down, when the patient has come down, and when he goes on after all", () => {
    expect(told(9, upTo(33), (t) => (t < 6 ? 100 : 10)).ended).toBeCloseTo(6.1, 0);
    expect(told(12, (t) => (t < 6 ? upTo(33)(t) : Math.min(58, 33 + 10 * (t - 6)))).ended).toBeCloseTo(8.3, 0);
    expect(told(12, (t) => (t < 6 ? upTo(33)(t) : 33 - 5 * (t - 6))).ended).toBeCloseTo(7.2, 0);
  });

  it("asks for less movement where the plan itself is slower", () => {
    const slow = { ...PLAN, load_nm: 100, tempo: { ...PLAN.tempo, extension_s: 100 } };
    expect(
      told(
        60,
        (t) => 60 - 0.54 * t,
        () => 100,
        slow,
      ).began,
    ).toBeNaN();
  });
});
