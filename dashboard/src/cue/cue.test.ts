import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Cue } from "./cue";

interface Golden {
  name: string;
  range: { flexion_deg: number; extension_deg: number };
  tempo: { extension_s: number; hold_s: number; flexion_s: number; turn_s: number };
  cycle_s: number;
  points: { since_s: number; repeat: boolean; angle_deg: number }[];
}

const file = new URL("../../../tests/conformance/cue/cues.json", import.meta.url);
const golden = JSON.parse(readFileSync(file, "utf8")) as Golden[];

const plan = {
  range: { flexion_deg: 60, extension_deg: 6 },
  tempo: { extension_s: 4, hold_s: 2, flexion_s: 3, turn_s: 1 },
};

describe("contract 3: the cue equals the service's", () => {
  it.each(golden)("$name", ({ range, tempo, cycle_s, points }) => {
    const cue = new Cue({ range, tempo });
    expect(cue.cycle_s).toBeCloseTo(cycle_s, 9);
    const follows = new Cue({ range, tempo, pacing: "follow" });
    expect(points.filter((point) => point.repeat).length).toBeGreaterThan(20);
    expect(points.filter((point) => !point.repeat).length).toBeGreaterThan(20);
    for (const { since_s, repeat, angle_deg } of points) {
      expect((repeat ? cue : follows).angleAt(since_s), `at ${since_s} s`).toBeCloseTo(angle_deg, 5);
    }
  });
});

describe("contract 3: the path", () => {
  const cue = new Cue(plan);

  it("rests at the flexed end before its origin", () => {
    expect(cue.angleAt(-3)).toBe(60);
  });

  it("never leaves the range and never jumps", () => {
    let before = cue.angleAt(-1);
    for (let since_s = -1; since_s < 25; since_s += 0.01) {
      const angle = cue.angleAt(since_s);
      expect(angle).toBeLessThanOrEqual(60 + 1e-9);
      expect(angle).toBeGreaterThanOrEqual(6 - 1e-9);
      expect(Math.abs(angle - before)).toBeLessThanOrEqual((54 / 3) * 0.01 + 1e-9);
      before = angle;
    }
  });

  it.each([
    [0, "extension", 4, 0],
    [3.9, "extension", 0.1, 0],
    [4, "hold", 2, 0],
    [6.5, "flexion", 2.5, 0],
    [9.5, "turn", 0.5, 0],
    [14, "hold", 2, 1],
  ] as const)("at %s s it is in %s for another %s s", (since_s, phase, left_s, cycle) => {
    const found = cue.phaseAt(since_s);
    expect(found.phase).toBe(phase);
    expect(found.left_s).toBeCloseTo(left_s, 9);
    expect(found.cycle).toBe(cycle);
  });

  it("under `follow` rests flexed after its cycle, with nothing left to count", () => {
    const follows = new Cue({ ...plan, pacing: "follow" });
    expect(follows.angleAt(14)).toBe(60);
    expect(follows.phaseAt(14)).toEqual({ phase: "turn", left_s: 0, cycle: 0 });
  });

  it("skips a phase of zero length", () => {
    const without = new Cue({ ...plan, tempo: { ...plan.tempo, hold_s: 0 } });
    expect(without.phaseAt(4).phase).toBe("flexion");
  });

  it.each([
    [{ extension_s: 4, hold_s: 2, flexion_s: 3, turn_s: 1 }, 3],
    [{ extension_s: 1.2, hold_s: 0, flexion_s: 0.9, turn_s: 0 }, 5],
    [{ extension_s: 8, hold_s: 5, flexion_s: 6, turn_s: 0.1 }, 0],
  ])("a band drawn from knot to knot is the band: %j, %d degrees", (tempo, margin_deg) => {
    const cue = new Cue({ ...plan, tempo });
    const knots = [0, ...cue.knots(margin_deg), cue.cycle_s].filter((at_s) => at_s >= 0 && at_s <= cue.cycle_s);
    expect(knots.length).toBeLessThan(70);
    for (const shift of [-margin_deg, margin_deg]) {
      const edge = (at_s: number) => Math.min(Math.max(cue.angleAt(at_s) + shift, 6), 60);
      for (const [k, from_s] of knots.slice(0, -1).entries()) {
        const to_s = knots[k + 1] ?? from_s;
        for (let share = 0.1; share < 1; share += 0.2) {
          const straight = edge(from_s) + share * (edge(to_s) - edge(from_s));
          expect(Math.abs(edge(from_s + share * (to_s - from_s)) - straight)).toBeLessThan(0.1);
        }
      }
    }
  });
});
