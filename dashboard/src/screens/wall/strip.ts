/** Ten seconds of a machine on its tile: angle against the band, extension up. */
import type { Machine } from "../../live/machine";
import { hatch, type Surface, token } from "../../ui/surface";

const WINDOW_MS = 10_000;
const BRIDGE_MS = 150;
/** The line is drawn from a sample in so long, about a pixel of a tile, and from whatever jumps. */
const TRACE_MS = 40;
const JUMP_DEG = 2;

/** Draws the strip up to the device's now; hatched where it is not of now. */
export function paintStrip(to: Surface, machine: Machine, local_ms: number, stale: boolean): void {
  const { context, width, height } = to;
  if (stale) {
    context.beginPath();
    context.rect(0, 0, width, height);
    hatch(context, token("technical-dim"), 14);
    return;
  }
  const now_ms = machine.clock.at(local_ms);
  if (now_ms === null) return;
  const { trace, plan } = machine;
  const from_ms = now_ms - WINDOW_MS;
  const first = trace.firstSince(from_ms);
  let top_deg = plan?.range.extension_deg ?? Number.POSITIVE_INFINITY;
  let bottom_deg = plan?.range.flexion_deg ?? Number.NEGATIVE_INFINITY;
  for (let i = first; i < trace.length; i++) {
    const angle = trace.angle(i);
    if (angle < top_deg) top_deg = angle;
    if (angle > bottom_deg) bottom_deg = angle;
  }
  if (!Number.isFinite(top_deg) || !Number.isFinite(bottom_deg)) return;
  const room = Math.max(4, 0.12 * (bottom_deg - top_deg));
  const y = (angle: number) => ((angle - top_deg + room) / (bottom_deg - top_deg + 2 * room)) * height;
  const x = (at_ms: number) => ((at_ms - from_ms) / WINDOW_MS) * width;

  paintTarget(to, machine, y, x, from_ms, now_ms);
  context.strokeStyle = token("trace");
  context.lineWidth = 2.5;
  context.lineJoin = "bevel";
  context.beginPath();
  let last_ms = Number.NEGATIVE_INFINITY;
  let last_deg = Number.NaN;
  for (let i = first; i < trace.length; i++) {
    const angle = trace.angle(i);
    if (Number.isNaN(angle)) continue;
    const at_ms = trace.time(i);
    const between = Math.floor(at_ms / TRACE_MS) === Math.floor(last_ms / TRACE_MS);
    if (between && Math.abs(angle - last_deg) < JUMP_DEG) continue;
    if (at_ms - last_ms > BRIDGE_MS) context.moveTo(x(at_ms), y(angle));
    else context.lineTo(x(at_ms), y(angle));
    last_ms = at_ms;
    last_deg = angle;
  }
  context.stroke();
}

function paintTarget(
  { context, width }: Surface,
  machine: Machine,
  y: (angle: number) => number,
  x: (at_ms: number) => number,
  from_ms: number,
  now_ms: number,
): void {
  const { path, plan, cue } = machine;
  if (path === null || plan === null || cue.origin_ns === null || !cue.running) return;
  const origin_ms = cue.origin_ns / 1e6;
  const start_ms = Math.max(from_ms, origin_ms);
  if (start_ms >= now_ms) return;
  const tolerance = plan.tolerance.angle_deg;
  const steps = Math.max(1, Math.ceil(width / 4));
  const at = (i: number) => start_ms + ((now_ms - start_ms) * i) / steps;
  const target = (at_ms: number) => path.angleAt((at_ms - origin_ms) / 1000);
  context.beginPath();
  for (let i = 0; i <= steps; i++) context.lineTo(x(at(i)), y(target(at(i)) - tolerance));
  for (let i = steps; i >= 0; i--) context.lineTo(x(at(i)), y(target(at(i)) + tolerance));
  context.closePath();
  context.fillStyle = token("target-fill");
  context.fill();
  context.strokeStyle = token("target");
  context.lineWidth = 1.5;
  context.stroke();
}
