/** Signals over time: uPlot charts with one view, what lies behind the curves painted by us. */
import uPlot from "uplot";
import { Cue } from "../../cue/cue";
import type { Key } from "../../i18n/en";
import { number, t } from "../../i18n/language";
import { hatch, token } from "../../ui/surface";
import type { Plan } from "../../wire.gen";
import type { Stretch, Values } from "./columns";
import type { Target } from "./lanes";
import { stamp } from "./moment";
import { CHARTS, type Chart, columnsOf, type Hand, heightsOf, reachOf } from "./panels";
import type { Line } from "./rerun";
import type { View } from "./view";

/** Room for names and numbers left of every chart and lane, and right of them, CSS pixels. */
export const GUTTER = 164;
export const EDGE = 20;
const AXIS = 34;
const TARGET_STEP_PX = 2;

/** What lies behind the curves. */
export interface Scene {
  plan: Plan | null;
  targets: readonly Target[];
  coverage: readonly Stretch[];
  difference: readonly Line[];
}

export class Plots {
  private readonly host: HTMLElement;
  private readonly sized: (heights: readonly number[]) => void;
  private drawn: readonly Chart[] = [];
  private charts: uPlot[] = [];
  private scene: Scene = { plan: null, targets: [], coverage: [], difference: [] };
  private reaches: [number, number][] = [];
  private reached = false;
  private view: View = { from_s: 0, to_s: 1 };
  private shown: Hand | null = null;
  private whole: Hand | null = null;
  private cue: Cue | null = null;

  /** `sized` hears the charts' heights whenever they have others. */
  constructor(host: HTMLElement, sized: (heights: readonly number[]) => void) {
    this.host = host;
    this.sized = sized;
    this.choose(CHARTS);
  }

  /** Which charts there are, from the top. */
  choose(charts: readonly Chart[]): void {
    this.close();
    this.drawn = charts;
    this.reaches = charts.map(() => [0, 1]);
    this.reached = false;
    this.shown = null;
    this.charts = charts.map((chart, n) => new uPlot(this.options(chart, n), [[]], this.host));
    if (this.whole !== null) this.reach(this.whole);
    this.fit();
  }

  close(): void {
    for (const chart of this.charts) chart.destroy();
  }

  /** Pixels across the picture; asked for in every frame, so the last fit's. */
  across = 1;

  fit(): void {
    const [width, height] = [this.host.clientWidth, this.host.clientHeight];
    this.across = Math.max(1, width - GUTTER - EDGE);
    if (width === 0 || height === 0) return;
    const heights = heightsOf(height - AXIS, this.drawn.length - CHARTS.length);
    this.charts.forEach((chart, n) => {
      chart.setSize({ width, height: (heights[n] ?? 0) + (this.isLast(n) ? AXIS : 0) });
    });
    this.sized(heights);
  }

  set(scene: Scene): void {
    this.scene = scene;
    this.cue = scene.plan === null ? null : new Cue(scene.plan);
    this.redraw();
  }

  /** The axes of the whole session: they don't move while one looks around. */
  reach(whole: Hand): void {
    const same = this.whole?.measured === whole.measured && this.whole.inside === whole.inside;
    if (same && this.reached) return;
    this.reached = true;
    const values = { ...whole.inside?.values, ...whole.measured.values };
    this.whole = whole;
    const before = this.reaches;
    this.reaches = this.drawn.map((chart) => reachOf(chart, values, whole.inside?.about ?? null));
    // Of what came after the first picture, or still grows, an axis has to be told.
    this.reaches.forEach(([min, max], n) => {
      if (before[n]?.[0] !== min || before[n]?.[1] !== max) this.charts[n]?.setScale("y", { min, max });
    });
  }

  show(hand: Hand, view: View): void {
    const moved = view.from_s !== this.view.from_s || view.to_s !== this.view.to_s;
    this.view = view;
    const { shown } = this;
    this.shown = hand;
    if (shown?.measured !== hand.measured || shown.inside !== hand.inside) {
      this.charts.forEach((chart, n) => {
        const found = this.drawn[n] === undefined ? null : columnsOf(hand, this.drawn[n]);
        chart.batch(() => {
          const data = found === null ? [[]] : [found.t_s, ...found.values.map(broken)];
          chart.setData(data as uPlot.AlignedData, false);
          chart.setScale("x", { min: view.from_s, max: view.to_s });
        });
      });
    } else if (moved) {
      for (const chart of this.charts) chart.setScale("x", { min: view.from_s, max: view.to_s });
    }
  }

  redraw(): void {
    for (const chart of this.charts) chart.redraw(false);
  }

  private isLast(n: number): boolean {
    return n === this.drawn.length - 1;
  }

  private options(chart: Chart, n: number): uPlot.Options {
    const face = `13px ${token("face")}`;
    const grid = { stroke: token("line"), width: 1 };
    return {
      width: 100,
      height: 100,
      legend: { show: false },
      cursor: { show: false },
      padding: [8, EDGE, 0, 0],
      scales: {
        x: { time: false, auto: false, range: () => [this.view.from_s, this.view.to_s] },
        y: { auto: false, range: () => this.reaches[n] ?? [0, 1], dir: chart.upside_down ? -1 : 1 },
      },
      axes: [
        {
          size: this.isLast(n) ? AXIS : 0,
          font: face,
          stroke: token("text-secondary"),
          grid,
          ticks: { ...grid, size: this.isLast(n) ? 5 : 0 },
          values: (_chart, splits) => splits.map((at_s) => (this.isLast(n) ? stamp(at_s, this.view) : "")),
        },
        {
          size: GUTTER,
          font: face,
          stroke: token("text-secondary"),
          grid,
          ticks: { ...grid, size: 5 },
          space: 24,
          values: (_chart, splits) => splits.map((value) => number(value, decimalsOf(splits))),
        },
      ],
      series: [
        {},
        ...chart.signals.map(({ stroke }) => ({
          stroke: token(stroke.token),
          width: stroke.width,
          ...(stroke.dash.length > 0 ? { dash: [...stroke.dash] } : {}),
          points: { show: false },
          spanGaps: false,
        })),
      ],
      hooks: {
        drawClear: [(drawn) => this.behind(drawn, n)],
        draw: [(drawn) => this.before(drawn)],
      },
    };
  }

  /** Where nothing was shown live, and the target with its band. */
  private behind(chart: uPlot, n: number): void {
    const { ctx, bbox } = chart;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const { kind, from_s, to_s } of this.scene.coverage) {
      if (kind === "live" || kind === "unknown" || to_s < this.view.from_s || from_s > this.view.to_s) continue;
      const left = chart.valToPos(from_s, "x", true);
      ctx.beginPath();
      ctx.rect(left, bbox.top, Math.max(1, chart.valToPos(to_s, "x", true) - left), bbox.height);
      hatch(ctx, token(kind === "gap" ? "gap-hatch" : "late-hatch"), kind === "gap" ? 7 : 10);
    }
    const drawn = this.drawn[n];
    if (drawn?.name === "angle") this.band(chart);
    if (drawn?.name === "speed" || drawn?.name === "tremor")
      line(chart, bbox, chart.valToPos(0, "y", true), token("axis"));
    if (drawn?.name === "speed") this.slowest(chart);
    if (drawn !== undefined) this.levels(chart, drawn);
    ctx.restore();
  }

  /** The speed below which an extension stands, where the stall is looked at. */
  private slowest(chart: uPlot): void {
    const values = this.drawn.some(({ name }) => name === "stall") ? this.whole?.inside?.values.stall_deg_s : undefined;
    const slowest = values?.find((value) => !Number.isNaN(value));
    if (slowest !== undefined) line(chart, chart.bbox, chart.valToPos(-slowest, "y", true), token("cue"), [4, 4]);
  }

  /** What the values are held against, some with their word. */
  private levels(chart: uPlot, { levels, named: words }: Chart): void {
    const { ctx, bbox } = chart;
    for (const name of levels) {
      const value = this.whole?.inside?.about.levels?.[name];
      if (value === undefined) continue;
      const y = Math.round(chart.valToPos(value, "y", true));
      line(chart, bbox, y, token("cue"), [2, 3]);
      if (!words.includes(name)) continue;
      ctx.font = `${11 * devicePixelRatio}px ${token("face")}`;
      ctx.textAlign = "right";
      const above = y - bbox.top > 12 * devicePixelRatio;
      ctx.textBaseline = above ? "bottom" : "top";
      ctx.fillStyle = token("cue");
      ctx.fillText(t(`replay.level.${name}` as Key), bbox.left + bbox.width - 4, y + (above ? -1 : 2));
    }
  }

  private band(chart: uPlot): void {
    const { plan, targets } = this.scene;
    if (plan === null || this.cue === null) return;
    const { ctx } = chart;
    const half = plan.tolerance?.angle_deg ?? 3;
    const step_s = (TARGET_STEP_PX * (this.view.to_s - this.view.from_s)) / this.across;
    for (const { from_s, to_s } of targets) {
      const first = Math.max(from_s, this.view.from_s - step_s);
      const last = Math.min(to_s, this.view.to_s + step_s);
      if (first >= last) continue;
      const times: number[] = [];
      for (let at_s = first; at_s < last; at_s += step_s) times.push(at_s);
      times.push(last);
      const { cue } = this;
      const path = times.map((at_s) => {
        // Up to the end of the cycle, where the next one would begin.
        const since_s = Math.min(at_s - from_s, cue.cycle_s - 1e-6);
        return { x: chart.valToPos(at_s, "x", true), angle: cue.angleAt(since_s), edges: cue.bandAt(since_s, half) };
      });
      ctx.beginPath();
      for (const { x, edges } of path) ctx.lineTo(x, chart.valToPos(edges[1], "y", true));
      for (const { x, edges } of path.reverse()) ctx.lineTo(x, chart.valToPos(edges[0], "y", true));
      ctx.closePath();
      ctx.fillStyle = token("band");
      ctx.fill();
      ctx.beginPath();
      for (const { x, angle } of path) ctx.lineTo(x, chart.valToPos(angle, "y", true));
      ctx.strokeStyle = token("target");
      ctx.lineWidth = 1.5 * devicePixelRatio;
      ctx.setLineDash([]);
      ctx.stroke();
    }
  }

  /** What a rerun has changed: a line through every chart. */
  private before(chart: uPlot): void {
    const { ctx, bbox } = chart;
    ctx.save();
    for (const { way, at_s } of this.scene.difference) {
      if (at_s < this.view.from_s || at_s > this.view.to_s) continue;
      const x = Math.round(chart.valToPos(at_s, "x", true));
      ctx.strokeStyle = token(way);
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash(way === "before" ? [3, 3] : []);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    }
    ctx.restore();
  }
}

function line({ ctx }: uPlot, bbox: uPlot.BBox, y: number, colour: string, dash: number[] = []): void {
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1;
  ctx.stroke();
}

/** As the chart breaks a line: at a null. */
function broken(values: Values): (number | null)[] {
  return Array.from(values, (value) => (Number.isNaN(value) ? null : value));
}

/** So many that neighbours on an axis differ. */
export function decimalsOf(splits: readonly number[]): number {
  const step = Math.abs((splits[1] ?? 1) - (splits[0] ?? 0));
  return step >= 1 ? 0 : step >= 0.1 ? 1 : 2;
}
