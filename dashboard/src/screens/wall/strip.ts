/** Ten seconds of a machine on its tile: angle against the band, extension up. */
import type { Machine } from "../../live/machine";
import type { Trace } from "../../live/ring";
import { hatch, type Surface, token } from "../../ui/surface";

const WINDOW_MS = 10_000;
const BRIDGE_MS = 150;
/** The line is drawn from a sample in so long, about a pixel of a tile, and from whatever jumps. */
const TRACE_MS = 40;
const JUMP_DEG = 2;
/** As far as the end of a line reaches beyond what it ends at, and some. */
const EDGE_PX = 8;

interface Scale {
  top_deg: number;
  bottom_deg: number;
}

/** What the whole picture depends on: where it is another, nothing that is drawn can stay. */
type Look = readonly unknown[];

/** A part of the strip, to be drawn within what is cut out for it. */
interface Part {
  context: CanvasRenderingContext2D;
  /** From device time, and from an angle, to CSS pixels. */
  x: (at_ms: number) => number;
  y: (angle_deg: number) => number;
  from_ms: number;
  until_ms: number;
}

/**
 * A strip as it moves to the left. What is drawn of it stays drawn, only what has come since is added: lines are what costs most of a
 * wall's frame.
 */
export class Strip {
  /** Twice as wide as what shows of it; where it ends, it begins anew. */
  private readonly picture = document.createElement("canvas");
  private readonly context = this.picture.getContext("2d");
  private look: Look = [];
  /** Device time of the picture's left end, and until when it will not change. */
  private begin_ms = 0;
  private settled_ms = 0;

  /** Draws up to the device's now; hatched where it is not of now. */
  paint(to: Surface, machine: Machine, local_ms: number, stale: boolean): void {
    if (stale) {
      to.context.beginPath();
      to.context.rect(0, 0, to.width, to.height);
      hatch(to.context, token("technical-dim"), 14);
      return;
    }
    const now_ms = machine.clock.at(local_ms);
    const scale = now_ms === null ? null : scaleOf(machine, now_ms - WINDOW_MS);
    if (now_ms === null || scale === null || this.context === null) return;
    const { canvas } = to.context;
    const pixels_per_ms = canvas.width / WINDOW_MS;
    const pixelAt = (at_ms: number) => Math.floor((at_ms - this.begin_ms) * pixels_per_ms);
    const look = lookOf(to, machine, scale);
    const same = look.every((each, i) => Object.is(each, this.look[i]));
    if (!same || now_ms - WINDOW_MS < this.begin_ms || pixelAt(now_ms) >= this.picture.width) {
      this.look = look;
      // On a pixel's edge: what is added meets what is there.
      this.begin_ms = Math.floor((now_ms - WINDOW_MS) * pixels_per_ms) / pixels_per_ms;
      this.settled_ms = this.begin_ms;
      this.picture.width = 2 * canvas.width;
      this.picture.height = canvas.height;
    }
    const left = pixelAt(this.settled_ms) - EDGE_PX;
    const right = pixelAt(now_ms) + 1;
    const display = canvas.width / to.width;
    const { context } = this;
    context.save();
    context.beginPath();
    context.rect(left, 0, right - left, canvas.height);
    context.clip();
    context.clearRect(left, 0, right - left, canvas.height);
    context.scale(display, display);
    const room = Math.max(4, 0.12 * (scale.bottom_deg - scale.top_deg));
    const part: Part = {
      context,
      x: (at_ms) => ((at_ms - this.begin_ms) * pixels_per_ms) / display,
      y: (angle) => ((angle - scale.top_deg + room) / (scale.bottom_deg - scale.top_deg + 2 * room)) * to.height,
      from_ms: this.begin_ms + (left - EDGE_PX) / pixels_per_ms,
      until_ms: now_ms,
    };
    paintTarget(part, machine, WINDOW_MS / (to.width / 4));
    paintTrace(part, machine.trace);
    context.restore();
    this.settled_ms = Math.min(now_ms, machine.trace.newest_ms ?? now_ms) - TRACE_MS;
    to.context.save();
    // Pixel by pixel.
    to.context.setTransform(1, 0, 0, 1, 0, 0);
    to.context.drawImage(this.picture, canvas.width - right, 0);
    to.context.restore();
  }
}

/** What has to find room: the range, and wherever the patient was; null while nothing is known of either. */
function scaleOf({ trace, plan }: Machine, from_ms: number): Scale | null {
  let top_deg = plan?.range.extension_deg ?? Number.POSITIVE_INFINITY;
  let bottom_deg = plan?.range.flexion_deg ?? Number.NEGATIVE_INFINITY;
  for (let i = trace.firstSince(from_ms); i < trace.length; i++) {
    const angle = trace.angle(i);
    if (angle < top_deg) top_deg = angle;
    if (angle > bottom_deg) bottom_deg = angle;
  }
  return Number.isFinite(top_deg) && Number.isFinite(bottom_deg) ? { top_deg, bottom_deg } : null;
}

function lookOf({ context, width, height }: Surface, { path, plan, cue, trace }: Machine, scale: Scale): Look {
  const { canvas } = context;
  return [
    ...[canvas.width, canvas.height, width, height, scale.top_deg, scale.bottom_deg],
    ...[path, cue.origin_ns, cue.running, plan?.tolerance.angle_deg, trace.cleared],
    ...[token("trace"), token("target"), token("target-fill")],
  ];
}

function paintTrace({ context, x, y, from_ms, until_ms }: Part, trace: Trace): void {
  context.strokeStyle = token("trace");
  context.lineWidth = 2.5;
  context.lineJoin = "bevel";
  context.beginPath();
  let last_ms = Number.NEGATIVE_INFINITY;
  let last_deg = Number.NaN;
  for (let i = trace.firstSince(from_ms - BRIDGE_MS - TRACE_MS); i < trace.length; i++) {
    const angle = trace.angle(i);
    if (Number.isNaN(angle)) continue;
    const at_ms = trace.time(i);
    if (at_ms > until_ms + BRIDGE_MS) break;
    const between = Math.floor(at_ms / TRACE_MS) === Math.floor(last_ms / TRACE_MS);
    if (between && Math.abs(angle - last_deg) < JUMP_DEG) continue;
    if (at_ms - last_ms > BRIDGE_MS) context.moveTo(x(at_ms), y(angle));
    else context.lineTo(x(at_ms), y(angle));
    last_ms = at_ms;
    last_deg = angle;
  }
  context.stroke();
}

/** The band, from corners `step_ms` apart: always the same ones, whichever part is drawn. */
function paintTarget({ context, x, y, from_ms, until_ms }: Part, { path, plan, cue }: Machine, step_ms: number): void {
  if (path === null || plan === null || cue.origin_ns === null || !cue.running) return;
  const origin_ms = cue.origin_ns / 1e6;
  const first = Math.max(0, Math.floor((from_ms - origin_ms) / step_ms));
  const last = Math.ceil((until_ms - origin_ms) / step_ms);
  if (last <= first) return;
  const tolerance = plan.tolerance.angle_deg;
  const edge = (i: number, side: 0 | 1): [number, number] => {
    const since_ms = i * step_ms;
    return [x(origin_ms + since_ms), y(path.bandAt(since_ms / 1000, tolerance)[side])];
  };
  context.fillStyle = token("target-fill");
  context.strokeStyle = token("target");
  context.lineWidth = 1.5;
  context.beginPath();
  for (let i = first; i <= last; i++) context.lineTo(...edge(i, 0));
  for (let i = last; i >= first; i--) context.lineTo(...edge(i, 1));
  context.fill();
  for (const side of [0, 1] as const) {
    context.beginPath();
    for (let i = first; i <= last; i++) context.lineTo(...edge(i, side));
    context.stroke();
  }
}
