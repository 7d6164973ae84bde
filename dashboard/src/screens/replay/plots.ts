/** Angle, torque and speed over time: three uPlot charts with one view, what lies behind the curves painted by us. */
import uPlot from "uplot";
import { Cue } from "../../cue/cue";
import { number } from "../../i18n/language";
import { hatch, token } from "../../ui/surface";
import type { Plan } from "../../wire.gen";
import type { Coverage } from "../record/record";
import type { SignalName, Traces, Values } from "./columns";
import type { Target } from "./lanes";
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
  coverage: readonly Coverage[];
  difference: readonly Line[];
}

interface Chart {
  signals: readonly SignalName[];
  /** The axis never shows less than this. */
  least: number;
  upside_down: boolean;
}

const CHARTS: readonly Chart[] = [
  // Extension is up, as on every screen.
  { signals: ["angle_deg", "cue_deg"], least: 10, upside_down: true },
  { signals: ["torque_nm"], least: 10, upside_down: false },
  { signals: ["speed_deg_s"], least: 10, upside_down: false },
];
const SHARES = [0.5, 0.25, 0.25];

export class Plots {
  private readonly host: HTMLElement;
  private readonly charts: uPlot[];
  private scene: Scene = { plan: null, targets: [], coverage: [], difference: [] };
  private reaches: [number, number][] = CHARTS.map(() => [0, 1]);
  private view: View = { from_s: 0, to_s: 1 };
  private shown: Traces | null = null;
  private cue: Cue | null = null;

  constructor(host: HTMLElement) {
    this.host = host;
    this.charts = CHARTS.map((chart, n) => new uPlot(this.options(chart, n), [[]], host));
    this.fit();
  }

  close(): void {
    for (const chart of this.charts) chart.destroy();
  }

  /** Pixels across the picture. */
  get across(): number {
    return Math.max(1, this.host.clientWidth - GUTTER - EDGE);
  }

  fit(): void {
    const [width, height] = [this.host.clientWidth, this.host.clientHeight];
    if (width === 0 || height === 0) return;
    const room = height - AXIS;
    this.charts.forEach((chart, n) => {
      chart.setSize({ width, height: Math.floor(room * (SHARES[n] ?? 0)) + (this.isLast(n) ? AXIS : 0) });
    });
  }

  set(scene: Scene): void {
    this.scene = scene;
    this.cue = scene.plan === null ? null : new Cue(scene.plan);
    this.redraw();
  }

  /** The axes of the whole session: they don't move while one looks around. */
  reach(whole: Traces): void {
    this.reaches = CHARTS.map(({ signals, least }) => reachOf(whole, signals, least));
  }

  show(traces: Traces, view: View): void {
    const moved = view.from_s !== this.view.from_s || view.to_s !== this.view.to_s;
    this.view = view;
    if (traces !== this.shown) {
      this.shown = traces;
      this.charts.forEach((chart, n) => {
        const values = (CHARTS[n]?.signals ?? []).map((name) => broken(traces.values[name]));
        chart.batch(() => {
          chart.setData([traces.t_s, ...values] as uPlot.AlignedData, false);
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
    return n === CHARTS.length - 1;
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
          values: (_chart, splits) => splits.map((at_s) => (this.isLast(n) ? marked(at_s, this.view) : "")),
        },
        {
          size: GUTTER,
          font: face,
          stroke: token("text-secondary"),
          grid,
          ticks: { ...grid, size: 5 },
          values: (_chart, splits) => splits.map((value) => number(value)),
        },
      ],
      series: [
        {},
        ...chart.signals.map((name) => ({
          stroke: token(name === "cue_deg" ? "cue" : "trace"),
          width: name === "cue_deg" ? 1 : 1.5,
          ...(name === "cue_deg" ? { dash: [5, 4] } : {}),
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
      if (kind === "live" || to_s < this.view.from_s || from_s > this.view.to_s) continue;
      const left = chart.valToPos(from_s, "x", true);
      ctx.beginPath();
      ctx.rect(left, bbox.top, Math.max(1, chart.valToPos(to_s, "x", true) - left), bbox.height);
      hatch(ctx, token(kind === "gap" ? "gap-hatch" : "late-hatch"), kind === "gap" ? 7 : 10);
    }
    if (n === 0) this.band(chart);
    if (n === 2) line(chart, bbox, chart.valToPos(0, "y", true), token("axis"));
    ctx.restore();
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
      const path = times.map((at_s): [number, number] => [
        chart.valToPos(at_s, "x", true),
        // Up to the end of the cycle, where the next one would begin.
        this.cue?.angleAt(Math.min(at_s - from_s, this.cue.cycle_s - 1e-6)) ?? 0,
      ]);
      ctx.beginPath();
      for (const [x, angle] of path) ctx.lineTo(x, chart.valToPos(angle + half, "y", true));
      for (const [x, angle] of path.reverse()) ctx.lineTo(x, chart.valToPos(angle - half, "y", true));
      ctx.closePath();
      ctx.fillStyle = token("band");
      ctx.fill();
      ctx.beginPath();
      for (const [x, angle] of path) ctx.lineTo(x, chart.valToPos(angle, "y", true));
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

function line({ ctx }: uPlot, bbox: uPlot.BBox, y: number, colour: string): void {
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

/** Least and greatest of the signals, with a little air. */
function reachOf({ values }: Traces, names: readonly SignalName[], least: number): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const name of names) {
    for (const value of values[name]) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (low > high) [low, high] = [0, 1];
  const short = Math.max(0, least - (high - low)) / 2;
  const air = 0.06 * Math.max(high - low, least);
  return [low - short - air, high + short + air];
}

/** A time on the axis, as finely as the view needs it. */
function marked(at_s: number, { from_s, to_s }: View): string {
  const span_s = to_s - from_s;
  const seconds = Math.abs(at_s % 60);
  const decimals = span_s > 20 ? 0 : span_s > 2 ? 1 : 2;
  const digits = seconds.toFixed(decimals).padStart(decimals === 0 ? 2 : decimals + 3, "0");
  return `${Math.floor(at_s / 60 + 1e-9)}:${digits}`;
}
