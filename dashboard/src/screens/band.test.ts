import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Cue } from "../cue/cue";
import { ServerClock } from "../live/clock";
import { Machine } from "../live/machine";
import { event, frame, MEASURES, PLAN, snapshot } from "../live/samples";
import type { Surface } from "../ui/surface";
import type { Plan } from "../wire.gen";
import { paintLive } from "./machine/paint";
import { paintCue, paintGauge } from "./patient/paint";
import { heightOf, scaleOf } from "./patient/scale";
import { sceneOf, Watch } from "./patient/scene";
import { paintSet } from "./set/paint";
import type { Row } from "./set/rows";
import { Strip } from "./wall/strip";

const PLANS = 400;
/** Samples, which the wall's scale reaches to, are kept in single precision. */
const HAIR_PX = 1e-3;
const [WIDTH, HEIGHT] = [800, 500];

/** Numbers from 0 to 1 that are the same in each run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A plan as the contract allows it, with tolerances from none to wider than any range. */
function anyPlan(random: () => number): Plan {
  const between = (least: number, most: number) => least + random() * (most - least);
  const flexion_deg = between(10, 72);
  const extension_deg = flexion_deg - between(5, 80);
  return {
    ...PLAN,
    range: { flexion_deg, extension_deg },
    tempo: {
      extension_s: between(0.5, 10),
      hold_s: random() < 0.2 ? 0 : between(0, 10),
      flexion_s: between(0.5, 10),
      turn_s: random() < 0.2 ? 0 : between(0, 10),
    },
    tolerance: { ...PLAN.tolerance, angle_deg: random() < 0.2 ? 0 : between(0, 90) },
    pacing: random() < 0.5 ? "fixed" : "follow",
  };
}

/** What a canvas is told to fill or to draw in the target's colours: the heights of all its corners. */
class Drawn {
  readonly heights: number[] = [];
  readonly canvas = { width: WIDTH, height: HEIGHT };
  fillStyle = "";
  strokeStyle = "";
  private path: number[] = [];

  readonly context = new Proxy(this, {
    get: (own, name) => {
      const is = Reflect.get(own, name) as unknown;
      return is === undefined ? () => undefined : typeof is === "function" ? is.bind(own) : is;
    },
    set: (own, name, value) => Reflect.set(own, name, value),
  }) as unknown as CanvasRenderingContext2D;

  beginPath(): void {
    this.path = [];
  }
  moveTo(_x: number, y: number): void {
    this.path.push(y);
  }
  lineTo(_x: number, y: number): void {
    this.path.push(y);
  }
  rect(_x: number, y: number, _width: number, height: number): void {
    this.path.push(y, y + height);
  }
  measureText(text: string): { width: number } {
    return { width: 8 * text.length };
  }
  fill(): void {
    if (this.fillStyle.startsWith("target")) this.heights.push(...this.path);
  }
  stroke(): void {
    if (this.strokeStyle.startsWith("target")) this.heights.push(...this.path);
  }

  get surface(): Surface {
    return { context: this.context, width: WIDTH, height: HEIGHT };
  }
}

/** A machine whose cue leads its patient, so long into it. */
function led(plan: Plan, since_s: number): { machine: Machine; local_ms: number; watch: Watch } {
  const server = new ServerClock();
  server.pong(0, 0, 0);
  const machine = new Machine("a/b");
  const watch = new Watch();
  const { flexion_deg } = plan.range;
  const cue = { origin_ns: 3e9, running: true };
  machine.snapshot(snapshot({ plan, set: 1, cue }));
  machine.feed("live");
  const local_ms = 3000 + 1000 * since_s;
  for (let at_ms = 0; ; at_ms = Math.min(local_ms, at_ms + 100)) {
    const trace = { t_ns: [at_ms * 1e6], angle_deg: [flexion_deg], torque_nm: [100] };
    machine.frame(frame(at_ms, at_ms, { angle_deg: flexion_deg, trace }), server);
    sceneOf(machine, at_ms, watch, { pain: false, asks: false, rest_s: 0 });
    if (at_ms === local_ms) return { machine, local_ms, watch };
  }
}

describe("H08: the target is inside the limits of the range, for all plans and all times", () => {
  let random: () => number;

  beforeEach(() => {
    random = seeded(8);
    vi.stubGlobal("document", { documentElement: {}, createElement: () => ({ getContext: () => null }) });
    // A token's name in place of its colour.
    vi.stubGlobal("getComputedStyle", () => ({ getPropertyValue: (name: string) => name.slice(2) }));
  });

  afterEach(() => vi.unstubAllGlobals());

  it("as an angle, whatever the tolerance", () => {
    for (let n = 0; n < 20 * PLANS; n++) {
      const plan = anyPlan(random);
      const cue = new Cue(plan);
      const since_s = n % 50 === 0 ? [-1e9, 0, 1e9][(n / 50) % 3] : 70 * random() - 5;
      const tolerance = plan.tolerance.angle_deg;
      const [upper, lower] = cue.bandAt(since_s ?? 0, tolerance);
      const about = JSON.stringify([plan, since_s]);
      expect(upper, about).toBeGreaterThanOrEqual(plan.range.extension_deg);
      expect(lower, about).toBeLessThanOrEqual(plan.range.flexion_deg);
      expect(lower - upper, about).toBeGreaterThanOrEqual(0);
      // Where the limits are far, nothing is cut off.
      const angle = cue.angleAt(since_s ?? 0);
      if (angle - tolerance > plan.range.extension_deg) expect(upper, about).toBe(angle - tolerance);
      if (angle + tolerance < plan.range.flexion_deg) expect(lower, about).toBe(angle + tolerance);
    }
  });

  it.each(["the scrolling band", "the gauge"])("as the patient's screen draws it: %s", (which) => {
    for (let n = 0; n < PLANS; n++) {
      const plan = anyPlan(random);
      const { machine, local_ms, watch } = led(plan, 0.9 * random() * new Cue(plan).cycle_s);
      const scene = sceneOf(machine, local_ms, watch, { pain: false, asks: false, rest_s: 0 });
      expect(scene.kind).toBe("running");
      const drawn = new Drawn();
      const scale = scaleOf(machine, null);
      const shows = { target: true, dot: false };
      if (which === "the gauge") paintGauge(drawn.surface, machine, scene, scale, shows);
      else paintCue(drawn.surface, machine, scene, scale, local_ms, shows);
      within(drawn, plan, heightOf(scale, HEIGHT));
    }
  });

  it("as the wall's strip draws it", () => {
    for (let n = 0; n < PLANS; n++) {
      const plan = anyPlan(random);
      const { machine, local_ms } = led(plan, 3 + 10 * random());
      const picture = new Drawn();
      vi.stubGlobal("document", {
        documentElement: {},
        createElement: () => ({ getContext: () => picture.context }),
      });
      new Strip().paint(new Drawn().surface, machine, local_ms, false);
      const { extension_deg, flexion_deg } = plan.range;
      const room = Math.max(4, 0.12 * (flexion_deg - extension_deg));
      const span = flexion_deg - extension_deg + 2 * room;
      within(picture, plan, (angle) => ((angle - extension_deg + room) / span) * HEIGHT);
    }
  });

  it.each(["the machine's page", "the picture of a set"])("as %s draws it", (which) => {
    // Over a whole cycle.
    const picture = (plan: Plan): Drawn => {
      const drawn = new Drawn();
      if (which === "the machine's page") {
        const { machine, local_ms } = led(plan, 15);
        paintLive(drawn.surface, machine, local_ms, false);
      } else {
        const done = event("repetition_completed", 1, { repetition: 1, extent: "full", ...MEASURES });
        const row = { repetition: 1, from_s: 0, to_s: 9, done, failed: false, words: [] } as unknown as Row;
        const columns = { t_s: [0], angle_deg: [plan.range.flexion_deg], torque_nm: [100] };
        const still = { selected: null, hovered: null, pointer_s: null };
        paintSet(drawn.surface, { columns, rows: [row], plan, from_s: 0, to_s: 30, ...still });
      }
      return drawn;
    };
    for (let n = 0; n < PLANS / 10; n++) {
      const plan = { ...anyPlan(random), tempo: PLAN.tempo, pacing: "fixed" as const };
      // Without any tolerance it begins at the start of a cycle, and reaches up to the extended end: two heights that are known.
      const { heights } = picture({ ...plan, tolerance: { ...plan.tolerance, angle_deg: 0 } });
      const { extension_deg } = plan.range;
      const [first = Number.NaN, top] = [heights[0], Math.min(...heights)];
      const per_deg = (first - top) / (new Cue(plan).angleAt(0) - extension_deg);
      expect(per_deg).toBeGreaterThan(1);
      within(picture(plan), plan, (angle) => top + (angle - extension_deg) * per_deg);
    }
  });
});

/** Something was drawn, and all of it between the heights of the limits. */
function within(drawn: Drawn, { range, tolerance }: Plan, y: (angle_deg: number) => number): void {
  const about = JSON.stringify([range, tolerance]);
  expect(drawn.heights.length, about).toBeGreaterThan(0);
  expect(Math.min(...drawn.heights), about).toBeGreaterThanOrEqual(y(range.extension_deg) - HAIR_PX);
  expect(Math.max(...drawn.heights), about).toBeLessThanOrEqual(y(range.flexion_deg) + HAIR_PX);
}
