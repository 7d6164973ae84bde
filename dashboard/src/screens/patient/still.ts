/** What of the chart stands still while a plan does: its rim, the walls of the range, the gauge's ground. Drawn once, then copied. */
import type { Machine } from "../../live/machine";
import { Backdrop, hatch, type Surface, token } from "../../ui/surface";
import type { Range } from "../../wire.gen";
import { heightOf, type Scale } from "./scale";

/** Where the gauge of reduced motion stands. */
export function gaugeOf(width: number): { left: number; across: number } {
  const across = Math.min(260, width * 0.4);
  return { left: (width - across) / 2, across };
}

const backdrops = new WeakMap<HTMLCanvasElement, Backdrop>();

/** Lays it under all of the chart. */
export function layStill(to: Surface, machine: Machine, scale: Scale, gauge: boolean): void {
  const { canvas } = to.context;
  const backdrop = backdrops.get(canvas) ?? new Backdrop();
  backdrops.set(canvas, backdrop);
  const range = machine.plan?.range ?? null;
  const shape = `${gauge} ${scale.top_deg} ${scale.bottom_deg} ${range?.flexion_deg} ${range?.extension_deg}`;
  const key = `${shape} ${token("ground")} ${token("line")} ${token("wall")}`;
  backdrop.lay(to, key, (under) => {
    const { context, width, height } = under;
    context.save();
    paintRim(under);
    if (gauge) {
      const { left, across } = gaugeOf(width);
      context.fillStyle = token("raised");
      context.fillRect(left, 0, across, height);
      context.beginPath();
      context.rect(left, 0, across, height);
      context.clip();
    }
    if (range !== null) paintWalls(under, range, heightOf(scale, height));
    context.restore();
  });
}

/** The chart's edge; nothing that stands still reaches beyond it. */
function paintRim({ context, width, height }: Surface): void {
  context.beginPath();
  context.roundRect(0, 0, width, height, Number.parseFloat(token("round")));
  context.clip();
  context.strokeStyle = token("line");
  // Half of it is clipped.
  context.lineWidth = 4;
  context.stroke();
}

function paintWalls({ context, width, height }: Surface, range: Range, y: (angle_deg: number) => number): void {
  const top = y(range.extension_deg);
  const bottom = y(range.flexion_deg);
  context.beginPath();
  context.rect(0, 0, width, top);
  context.rect(0, bottom, width, height - bottom);
  hatch(context, token("line"), 12);
  context.strokeStyle = token("wall");
  context.lineWidth = 3;
  context.beginPath();
  context.moveTo(0, top);
  context.lineTo(width, top);
  context.moveTo(0, bottom);
  context.lineTo(width, bottom);
  context.stroke();
}
