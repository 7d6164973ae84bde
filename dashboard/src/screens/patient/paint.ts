/** The cue canvas: 3 s behind the now line, one cycle ahead of it, drawn from time (robustness-and-screens 3.3). */
import type { Cue } from "../../cue/cue";
import type { Machine } from "../../live/machine";
import { type Surface, token } from "../../ui/surface";
import { DOT_PX, heightOf, type Scale } from "./scale";
import type { Scene } from "./scene";
import { gaugeOf } from "./still";
import { startZone } from "./zone";

export const PAST_S = 3;
export const AHEAD_S = 10;
/** A hole in the samples up to this long is bridged on the screen (F22). */
const BRIDGE_MS = 150;
/** The trail is drawn from a sample in so long, and from whatever jumps. */
const TRAIL_MS = 20;
const JUMP_DEG = 1;
/** The gauge's marker is at least so high, where the plan allows no deviation at all. */
const LEAST_BAND_PX = 8;

/** Of feedback that fades on purpose, what is drawn while the patient is led (robustness-and-screens 3.1). */
export interface Shows {
  target: boolean;
  dot: boolean;
}

export function paintCue(
  to: Surface,
  machine: Machine,
  scene: Scene,
  scale: Scale,
  local_ms: number,
  shows: Shows,
): void {
  const { context, width, height } = to;
  const y = heightOf(scale, height);
  const pixels_per_s = width / (PAST_S + AHEAD_S);
  const now_x = PAST_S * pixels_per_s;
  const device_ms = machine.clock.at(local_ms);
  const tolerance = machine.plan?.tolerance.angle_deg ?? 0;

  if (machine.path !== null && scene.since_s !== null && shows.target) {
    const since_s = scene.since_s;
    const from_s = Math.max(scene.from_s, since_s - PAST_S);
    const cycle_end_s = (Math.max(0, Math.floor(since_s / machine.path.cycle_s)) + 1) * machine.path.cycle_s;
    const to_x = (at_s: number) => now_x + (at_s - since_s) * pixels_per_s;
    const until_s = since_s + AHEAD_S;
    paintBand(to, machine.path, tolerance, y, to_x, cycle_end_s, until_s, "target-fill-next", "target-next");
    paintBand(to, machine.path, tolerance, y, to_x, from_s, Math.min(cycle_end_s, until_s), "target-fill", "target");
  }
  if (SEATED.has(scene.kind)) paintStart(to, machine, scene, y, now_x);

  context.strokeStyle = token("line");
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(now_x, 0);
  context.lineTo(now_x, height);
  context.stroke();

  if (device_ms !== null && scene.fresh && shows.dot) {
    paintTrail(to, machine, y, now_x, pixels_per_s, device_ms);
    paintDot(to, machine, scene, tolerance, y, now_x);
  }
}

/** States in which the start zone is outlined: where to be before it begins, or goes on. */
const SEATED: ReadonlySet<string> = new Set(["positioning", "countdown", "paused", "interrupted"]);

function paintBand(
  { context }: Surface,
  path: Cue,
  tolerance: number,
  y: (angle_deg: number) => number,
  to_x: (at_s: number) => number,
  from_s: number,
  until_s: number,
  fill: string,
  edge: string,
): void {
  if (until_s <= from_s) return;
  const times = cornersOf(path, tolerance, from_s, until_s);
  const xs = times.map(to_x);
  const bands = times.map((at_s) => path.bandAt(at_s, tolerance));
  const upper = bands.map(([edge_deg]) => y(edge_deg));
  const lower = bands.map(([, edge_deg]) => y(edge_deg));
  const line = (ys: readonly number[], k: number) => context.lineTo(xs[k] ?? 0, ys[k] ?? 0);
  context.beginPath();
  for (let k = 0; k < xs.length; k++) line(upper, k);
  for (let k = xs.length - 1; k >= 0; k--) line(lower, k);
  context.closePath();
  context.fillStyle = token(fill);
  context.fill();
  context.strokeStyle = token(edge);
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.beginPath();
  for (const ys of [upper, lower]) {
    context.moveTo(xs[0] ?? 0, ys[0] ?? 0);
    for (let k = 1; k < xs.length; k++) line(ys, k);
  }
  context.stroke();
}

const knots = new WeakMap<Cue, readonly number[]>();

/** The times at which the band's edges turn, with both ends: few, where a line of equal steps would have hundreds. */
function cornersOf(path: Cue, tolerance: number, from_s: number, until_s: number): number[] {
  let within = knots.get(path);
  if (within === undefined) {
    within = path.knots(tolerance);
    knots.set(path, within);
  }
  const times = [from_s];
  const last = path.repeats ? Math.floor(until_s / path.cycle_s) + 1 : 0;
  for (let cycle = Math.max(0, Math.floor(from_s / path.cycle_s)); cycle <= last; cycle++) {
    for (const knot of within) {
      const at_s = cycle * path.cycle_s + knot;
      if (at_s > (times[times.length - 1] ?? 0) && at_s < until_s) times.push(at_s);
    }
  }
  times.push(until_s);
  return times;
}

/** Where to be before it begins: the flexed end, outlined; with a whole line once the patient is there. */
function paintStart(
  { context, width }: Surface,
  machine: Machine,
  scene: Scene,
  y: (angle_deg: number) => number,
  now_x: number,
): void {
  if (machine.plan === null) return;
  const zone = startZone(machine.plan);
  const top = y(zone.top_deg);
  const bottom = y(zone.bottom_deg);
  const left = Math.max(4, now_x - 110);
  context.strokeStyle = token("target");
  context.lineWidth = scene.seated ? 5 : 3;
  context.setLineDash(scene.seated ? [] : [12, 8]);
  context.beginPath();
  context.roundRect(left, top, Math.min(220, width - left - 4), bottom - top, 10);
  if (scene.seated) {
    context.fillStyle = token("target-fill-next");
    context.fill();
  }
  context.stroke();
  context.setLineDash([]);
}

function paintTrail(
  { context }: Surface,
  machine: Machine,
  y: (angle_deg: number) => number,
  now_x: number,
  pixels_per_s: number,
  device_ms: number,
): void {
  const { trace } = machine;
  const first = trace.firstSince(device_ms - PAST_S * 1000);
  context.strokeStyle = token("trace");
  context.lineWidth = 4;
  context.lineJoin = "bevel";
  context.lineCap = "round";
  // Three lengths, fainter with age.
  const bounds = [PAST_S, 2, 1, 0];
  let i = first;
  let last_deg = Number.NaN;
  for (let part = 0; part < 3; part++) {
    const until_ms = device_ms - (bounds[part + 1] ?? 0) * 1000;
    context.globalAlpha = [0.25, 0.5, 0.9][part] ?? 1;
    context.beginPath();
    let last_ms = Number.NEGATIVE_INFINITY;
    for (; i < trace.length; i++) {
      const at_ms = trace.time(i);
      const angle = trace.angle(i);
      if (Number.isNaN(angle)) continue;
      // By its place in time and not by what was drawn before: the same samples in every frame, so that nothing shimmers.
      const between = Math.floor(at_ms / TRAIL_MS) === Math.floor(last_ms / TRAIL_MS);
      if (between && Math.abs(angle - last_deg) < JUMP_DEG) continue;
      const x = now_x + ((at_ms - device_ms) / 1000) * pixels_per_s;
      if (at_ms - last_ms > BRIDGE_MS) context.moveTo(x, y(angle));
      else context.lineTo(x, y(angle));
      last_ms = at_ms;
      last_deg = angle;
      if (at_ms > until_ms) break;
    }
    context.stroke();
  }
  context.globalAlpha = 1;
}

function paintDot(
  { context }: Surface,
  machine: Machine,
  scene: Scene,
  tolerance: number,
  y: (angle_deg: number) => number,
  now_x: number,
): void {
  const angle = machine.angle_deg ?? newestAngle(machine);
  if (angle === null) return;
  // Judged where the cue was when the sample was taken: its way here is not the patient's fault.
  const sampled_s = machine.newest_ms === null ? null : machine.cueTime(machine.newest_ms);
  const shown = machine.path !== null && scene.since_s !== null && scene.since_s >= scene.from_s;
  const target = shown && sampled_s !== null ? (machine.path?.angleAt(sampled_s) ?? null) : null;
  const inside = target === null || Math.abs(angle - target) <= tolerance;
  const at = y(angle);
  const radius = DOT_PX / 2;
  if (scene.share !== null && shown) paintHold(context, scene.share, now_x, at);
  // Detection 5: where the signal is slow the dot is behind the patient, and says so.
  const colour = token(scene.slow ? "text-secondary" : "trace");
  context.beginPath();
  context.arc(now_x, at, radius + 4, 0, 2 * Math.PI);
  context.fillStyle = token("ground");
  context.fill();
  context.beginPath();
  context.arc(now_x, at, inside ? radius : radius - 3, 0, 2 * Math.PI);
  if (!inside) {
    context.strokeStyle = colour;
    context.lineWidth = 6;
    context.stroke();
    return;
  }
  context.fillStyle = colour;
  context.fill();
  if (target === null) return;
  context.strokeStyle = token("ground");
  context.lineWidth = 3.5;
  context.beginPath();
  context.moveTo(now_x - 6, at + 0.5);
  context.lineTo(now_x - 1.5, at + 5);
  context.lineTo(now_x + 6.5, at - 5);
  context.stroke();
}

/** A ring around the dot that closes while the hold goes on. */
function paintHold(context: CanvasRenderingContext2D, share: number, x: number, y: number): void {
  const radius = DOT_PX / 2 + 14;
  context.lineWidth = 6;
  context.strokeStyle = token("line");
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
  context.strokeStyle = token("target");
  context.beginPath();
  context.arc(x, y, radius, -Math.PI / 2, (2 * share - 0.5) * Math.PI);
  context.stroke();
}

/** The newest angle there is; null where there is none. */
export function newestAngle(machine: Machine): number | null {
  const { trace } = machine;
  for (let i = trace.length - 1; i >= 0 && i > trace.length - 60; i--) {
    const angle = trace.angle(i);
    if (!Number.isNaN(angle)) return angle;
  }
  return null;
}

/** Reduced motion: an upright gauge on which a target marker goes up and down; nothing scrolls. */
export function paintGauge(to: Surface, machine: Machine, scene: Scene, scale: Scale, shows: Shows): void {
  const { context, width, height } = to;
  const y = heightOf(scale, height);
  const tolerance = machine.plan?.tolerance.angle_deg ?? 0;
  const { left, across } = gaugeOf(width);
  if (machine.path !== null && scene.since_s !== null && scene.since_s >= scene.from_s && shows.target) {
    const [upper_deg, lower_deg] = machine.path.bandAt(scene.since_s, tolerance);
    const high = Math.max(LEAST_BAND_PX, y(lower_deg) - y(upper_deg));
    // However narrow, it is seen, and reaches no further than the walls.
    const top = Math.min(y(upper_deg), y(machine.path.flexion_deg) - high);
    context.fillStyle = token("target-fill");
    context.strokeStyle = token("target");
    context.lineWidth = 3;
    context.beginPath();
    context.rect(left, top, across, high);
    context.fill();
    context.stroke();
  } else if (SEATED.has(scene.kind)) {
    paintStart(to, machine, scene, y, width / 2);
  }
  if (scene.fresh && shows.dot) paintDot(to, machine, scene, tolerance, y, width / 2);
}
