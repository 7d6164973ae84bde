/** The machine's page in motion: angle against target with torque below, and torque over angle. Everything from time, extension up. */
import { number, t } from "../../i18n/language";
import { FREEZE_MS } from "../../live/freshness";
import type { Machine } from "../../live/machine";
import { axis, type Box, band, below, clipped, line, NAME } from "../../plot/draw";
import { rangeOf, type Scale, scale, ticks, timeTicks } from "../../plot/scale";
import { hatch, type Surface, token } from "../../ui/surface";

const PAST_S = 20;
const NEXT_S = 4;
const LEFT = 48;
const RIGHT = 10;
const FOOT = 26;
const BETWEEN = NAME + 10;
const BRIDGE_MS = 150;
/** The loop's last stretch stands out: about a repetition. */
const LOOP_MS = 10_000;

/** Nothing of now: hatched, like every picture here that is old. */
function old({ context, width, height }: Surface): void {
  context.beginPath();
  context.rect(0, 0, width, height);
  hatch(context, token("technical-dim"), 14);
}

function* from(machine: Machine, first: number, value: "angle" | "torque"): Generator<number> {
  for (let i = first; i < machine.trace.length; i++) {
    const at = machine.trace[value](i);
    if (!Number.isNaN(at)) yield at;
  }
}

/** A range that grows at once and does not tremble: its ends are multiples of 10. */
function steady(range: [number, number] | null): [number, number] | null {
  return range === null ? null : [10 * Math.floor(range[0] / 10), 10 * Math.ceil(range[1] / 10)];
}

function* planned(machine: Machine): Generator<number> {
  if (machine.plan !== null) yield* [machine.plan.range.flexion_deg, machine.plan.range.extension_deg];
}

function* both(...all: Iterable<number>[]): Generator<number> {
  for (const each of all) yield* each;
}

export function paintLive(to: Surface, machine: Machine, local_ms: number, stale: boolean): void {
  const now_ms = stale ? null : machine.clock.at(local_ms);
  if (now_ms === null) {
    old(to);
    return;
  }
  const { trace } = machine;
  const first = trace.firstSince(now_ms - PAST_S * 1000);
  const x = scale(-PAST_S, NEXT_S, LEFT, to.width - RIGHT);
  const at = (i: number) => (trace.time(i) - now_ms) / 1000;
  const room = to.height - FOOT - BETWEEN - NAME;
  const upper: Box = { left: LEFT, top: NAME, right: to.width - RIGHT, bottom: NAME + 0.68 * room };
  const lower: Box = { ...upper, top: upper.bottom + BETWEEN, bottom: to.height - FOOT };

  const angles = steady(rangeOf(both(from(machine, first, "angle"), planned(machine)), 10));
  if (angles !== null) {
    const y = scale(angles[0], angles[1], upper.top, upper.bottom);
    axis(to, upper, y, ticks(angles[0], angles[1], 4), t("axis.angle"));
    clipped(to, upper, () => {
      target(to, machine, x, y, now_ms, local_ms);
      samples(to, machine, first, (i) => [x(at(i)), y(trace.angle(i))], "trace");
    });
  }
  const load = machine.plan?.load_nm ?? null;
  const torques = steady(rangeOf(both(from(machine, first, "torque"), load === null ? [] : [load]), 20));
  if (torques !== null) {
    const y = scale(torques[0], torques[1], lower.bottom, lower.top);
    axis(to, lower, y, ticks(torques[0], torques[1], 3), t("axis.torque"));
    clipped(to, lower, () => {
      if (load !== null) dashed(to, LEFT, y(load), to.width - RIGHT, y(load));
      samples(to, machine, first, (i) => [x(at(i)), y(trace.torque(i))], "torque");
    });
  }
  below(to, lower, x, timeTicks(-PAST_S, NEXT_S, 6), (s) =>
    s === 0 ? t("axis.now") : t("axis.seconds", { n: number(s) }),
  );
  dashed(to, x(0), upper.top, x(0), lower.bottom);
}

/** The target as it was and as it will be; nothing of the future while the cue stands still. */
function target(to: Surface, machine: Machine, x: Scale, y: Scale, now_ms: number, local_ms: number): void {
  const { path, plan, cue } = machine;
  if (path === null || plan === null || cue.origin_ns === null || !cue.running) return;
  const origin_s = (cue.origin_ns / 1e6 - now_ms) / 1000;
  const frozen = (machine.age(local_ms) ?? Number.POSITIVE_INFINITY) > FREEZE_MS;
  const stretch = { from: Math.max(-PAST_S, origin_s), to: frozen ? 0 : NEXT_S, step: 0.1 };
  band(to, x, y, stretch, (s) => path.bandAt(s - origin_s, plan.tolerance.angle_deg));
}

function samples(
  to: Surface,
  machine: Machine,
  first: number,
  place: (i: number) => readonly [number, number],
  colour: string,
): void {
  const { trace } = machine;
  line(to, trace.length - first, (i) => [trace.time(first + i), ...place(first + i)] as const, {
    colour: token(colour),
    width: 2.25,
    bridge: BRIDGE_MS,
  });
}

function dashed({ context }: Surface, x: number, y: number, toX: number, toY: number): void {
  context.setLineDash([4, 5]);
  context.strokeStyle = token("text-secondary");
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(toX, toY);
  context.stroke();
  context.setLineDash([]);
}

/** Torque over angle: flexed at the right, as the angle grows. */
export function paintLoop(to: Surface, machine: Machine, local_ms: number, stale: boolean): void {
  const now_ms = stale ? null : machine.clock.at(local_ms);
  if (now_ms === null) {
    old(to);
    return;
  }
  const { trace } = machine;
  const first = trace.firstSince(now_ms - 2 * LOOP_MS);
  const recent = trace.firstSince(now_ms - LOOP_MS);
  const angles = steady(rangeOf(both(from(machine, first, "angle"), planned(machine)), 10));
  const torques = steady(rangeOf(from(machine, first, "torque"), 20));
  if (angles === null || torques === null) return;
  const box: Box = { left: LEFT, top: NAME, right: to.width - RIGHT, bottom: to.height - FOOT };
  const x = scale(angles[0], angles[1], box.left, box.right);
  const y = scale(torques[0], torques[1], box.bottom, box.top);
  axis(to, box, y, ticks(torques[0], torques[1], 4), t("unit.nm"));
  below(to, box, x, ticks(angles[0], angles[1], 5), (value) => `${number(value)}°`);
  clipped(to, box, () => {
    const place = (i: number) => [x(trace.angle(i)), y(trace.torque(i))] as const;
    to.context.globalAlpha = 0.35;
    samples(to, machine, first, place, "torque");
    to.context.globalAlpha = 1;
    samples(to, machine, recent, place, "torque");
    const last = trace.length - 1;
    if (Number.isNaN(trace.angle(last)) || Number.isNaN(trace.torque(last))) return;
    to.context.fillStyle = token("trace");
    to.context.beginPath();
    to.context.arc(...place(last), 6, 0, 2 * Math.PI);
    to.context.fill();
  });
}
