/** The picture in sight as a drawing to keep: SVG, of which a PNG is made too. Pure: words, colours and data are arguments. */
import { Cue } from "../../cue/cue";
import type { Plan } from "../../wire.gen";
import { placeAt, type Values } from "./columns";
import { FEEDS, type FeedSpan } from "./feed";
import { FEED_LOOK, type Lanes, NAMES } from "./lanepaint";
import { groupOf, type Target } from "./lanes";
import { type Chart, columnsOf, type Hand, reachOf } from "./panels";
import type { View } from "./view";

export interface Figure {
  /** Above everything: whose and when. */
  title: string;
  about: string;
  view: View;
  hand: Hand;
  /** The whole session, by which the axes reach as far as on the page. */
  whole: Hand;
  charts: readonly Chart[];
  plan: Plan | null;
  targets: readonly Target[];
  lanes: Lanes;
}

/** What it says and how it looks. */
export interface Words {
  /** A colour by its token, as CSS has it. */
  colour: (token: string) => string;
  chart: (chart: Chart) => string;
  level: (name: string) => string;
  signal: (name: string) => string;
  target: string;
  lane: (name: string) => string;
  phase: (name: string) => string;
  feed: (kind: string) => string;
  set: (number: string, reason: string) => string;
  extent: (name: string) => string;
  number: (value: number, decimals: number) => string;
  time: (at_s: number, view: View) => string;
}

const WIDTH = 1600;
const LEFT = 210;
const RIGHT = 24;
const HEAD = 70;
const ANGLE_PX = 320;
const CHART_PX = 150;
const GAP_PX = 14;
const ROW_PX = 26;
const ACROSS = WIDTH - LEFT - RIGHT;
const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600];
/** A letter's width, about, of 13 px. */
const LETTER_PX = 7.2;
const FACE = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";

/** Its width and height are in the drawing. */
export function drawn(figure: Figure, words: Words): string {
  const heights = figure.charts.map(({ name }) => (name === "angle" ? ANGLE_PX : CHART_PX));
  const names = NAMES.filter((name) => name !== "rerun" || figure.lanes.difference.length > 0);
  const charts = heights.reduce((sum, height) => sum + height + GAP_PX, 0);
  const height = HEAD + charts + 24 + names.length * ROW_PX + 20;
  const drawing = new Drawing(figure, words);
  let top = HEAD;
  figure.charts.forEach((chart, n) => {
    const tall = heights[n] ?? CHART_PX;
    drawing.chart(chart, top, tall);
    top += tall + GAP_PX;
  });
  drawing.axis(HEAD, top - GAP_PX);
  top += 24;
  for (const name of names) {
    drawing.lane(name, top);
    top += ROW_PX;
  }
  return drawing.whole(height);
}

class Drawing {
  private readonly parts: string[] = [];
  private readonly figure: Figure;
  private readonly words: Words;

  constructor(figure: Figure, words: Words) {
    this.figure = figure;
    this.words = words;
  }

  whole(height: number): string {
    const { title, about } = this.figure;
    const ground = `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`;
    const head = this.text(24, 32, title, "text", 20, "start", true) + this.text(24, 54, about, "text-secondary", 14);
    const clip = `<clipPath id="field"><rect x="${LEFT}" y="0" width="${ACROSS}" height="${height}"/></clipPath>`;
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" ` +
      `font-family="${FACE}"><title>${escaped(title)}</title><defs>${clip}${this.hatches()}</defs>${ground}${head}` +
      `${this.parts.join("")}</svg>`
    );
  }

  chart(chart: Chart, top: number, tall: number): void {
    const { whole, view, hand } = this.figure;
    const values = { ...whole.inside?.values, ...whole.measured.values };
    const about = whole.inside?.about ?? null;
    const [low, high] = reachOf(chart, values, about);
    const y = (value: number) => {
      const share = (value - low) / (high - low);
      return top + (chart.upside_down ? share : 1 - share) * tall;
    };
    this.parts.push(this.text(24, top + 16, this.words.chart(chart), "text", 14, "start", true));
    this.legend(chart, top + 36);
    for (const value of ticks(low, high, Math.max(2, tall / 40))) {
      const at = y(value);
      this.parts.push(this.line(LEFT, at, LEFT + ACROSS, at, "line", 1));
      this.parts.push(
        this.text(LEFT - 8, at + 4, this.words.number(value, decimals(low, high)), "text-secondary", 12, "end"),
      );
    }
    this.parts.push('<g clip-path="url(#field)">');
    for (const { kind, from_s, to_s } of this.figure.lanes.coverage)
      if (kind !== "live" && kind !== "unknown" && seen(from_s, to_s, view))
        this.parts.push(this.box(from_s, to_s, top, tall, `url(#${kind})`, 1));
    if (chart.name === "angle") this.band(y);
    for (const name of chart.levels) {
      const value = about?.levels?.[name];
      if (value === undefined) continue;
      this.parts.push(this.line(LEFT, y(value), LEFT + ACROSS, y(value), "cue", 1, [2, 3]));
      if (chart.named.includes(name))
        this.parts.push(this.text(LEFT + ACROSS - 4, y(value) - 3, this.words.level(name), "cue", 11, "end"));
    }
    const found = columnsOf(hand, chart);
    chart.signals.forEach(({ stroke }, n) => {
      const column = found?.values[n];
      if (found === null || column === undefined) return;
      const dash = stroke.dash.length > 0 ? ` stroke-dasharray="${stroke.dash.join(" ")}"` : "";
      this.parts.push(
        `<path d="${this.path(found.t_s, column, y)}" fill="none" ${this.ink("stroke", stroke.token)} stroke-width="${stroke.width}"${dash} stroke-linejoin="round"/>`,
      );
    });
    for (const { way, at_s } of this.figure.lanes.difference)
      if (seen(at_s, at_s, view)) this.parts.push(this.line(this.x(at_s), top, this.x(at_s), top + tall, way, 1));
    this.parts.push("</g>");
    this.parts.push(this.line(LEFT, top, LEFT, top + tall, "axis", 1));
  }

  /** Which line is what, where there are several. */
  private legend({ name, signals }: Chart, top: number): void {
    const keys =
      signals.length < 2 ? [] : signals.map(({ name: of, stroke }) => ({ word: this.words.signal(of), stroke }));
    keys.forEach(({ word, stroke }, n) => {
      const y = top + 18 * n;
      this.parts.push(this.line(24, y - 4, 44, y - 4, stroke.token, stroke.width, [...stroke.dash]));
      this.parts.push(this.text(50, y, word, "text-secondary", 12));
    });
    if (name !== "angle" || this.figure.plan === null) return;
    const y = top + 18 * keys.length;
    this.parts.push(`<rect x="24" y="${y - 9}" width="20" height="9" ${this.ink("fill", "band")}/>`);
    this.parts.push(this.line(24, y - 4.5, 44, y - 4.5, "target", 1.5));
    this.parts.push(this.text(50, y, this.words.target, "text-secondary", 12));
  }

  axis(top: number, bottom: number): void {
    const { view } = this.figure;
    const span_s = view.to_s - view.from_s;
    const step = STEPS.find((one) => span_s / one <= 14) ?? 7200;
    for (let at_s = Math.ceil(view.from_s / step - 1e-9) * step; at_s <= view.to_s + 1e-9; at_s += step) {
      const x = this.x(at_s);
      this.parts.unshift(this.line(x, top, x, bottom, "line", 1));
      this.parts.push(this.text(x, bottom + 18, this.words.time(at_s, view), "text-secondary", 12, "middle"));
    }
  }

  lane(name: string, top: number): void {
    const { lanes, view } = this.figure;
    const [at, tall] = [top + 3, ROW_PX - 6];
    this.parts.push(this.text(24, top + 17, this.words.lane(name), "text-secondary", 13));
    this.parts.push(`<rect x="${LEFT}" y="${at}" width="${ACROSS}" height="${tall}" ${this.ink("fill", "lane")}/>`);
    this.parts.push('<g clip-path="url(#field)">');
    const box = (from_s: number, to_s: number, token: string, ...labels: string[]) => {
      if (!seen(from_s, to_s, view)) return;
      this.parts.push(this.box(from_s, to_s, at, tall, token));
      const left = Math.max(this.x(from_s), LEFT);
      const room = Math.min(this.x(to_s), LEFT + ACROSS) - left;
      const label = labels.find((words) => words.length * LETTER_PX + 8 < room);
      if (label !== undefined) this.parts.push(this.text(left + 5, top + 17, label, "text", 12));
    };
    if (name === "sets")
      for (const { from_s, to_s, label, kind } of lanes.sets)
        box(from_s, to_s, "lane-set", this.words.set(label, kind));
    else if (name === "repetitions")
      for (const { from_s, to_s, number, extent } of lanes.repetitions)
        box(
          from_s,
          to_s,
          extent === "full" ? "lane-full" : "lane-set",
          ...(extent === "full" ? [] : [`${number} · ${this.words.extent(extent)}`]),
          String(number),
        );
    else if (name === "phases")
      for (const { from_s, to_s, kind } of lanes.phases) box(from_s, to_s, `phase-${kind}`, this.words.phase(kind));
    else if (name === "feed")
      for (const kind of FEEDS)
        for (const span of lanes.feed) {
          if (span.kind === kind && seen(span.from_s, span.to_s, view)) this.feed(span, at, tall);
        }
    else if (name === "coverage")
      for (const { from_s, to_s, kind } of lanes.coverage) {
        if (kind === "live") box(from_s, to_s, "lane-live");
        else if (seen(from_s, to_s, view)) this.parts.push(this.box(from_s, to_s, at, tall, `url(#${kind})`, 3));
      }
    else if (name === "events")
      for (const { kind, at_s } of lanes.events)
        if (seen(at_s, at_s, view)) this.parts.push(this.mark(kind, at_s, at + tall / 2));
    if (name === "rerun")
      for (const { way, at_s } of lanes.difference)
        if (seen(at_s, at_s, view)) this.parts.push(this.line(this.x(at_s), at, this.x(at_s), at + tall, way, 3));
    this.parts.push("</g>");
  }

  /** A state of the feed as on the page: the older the newest sample, the less of the lane; hatched where it is not known. */
  private feed({ kind, from_s, to_s }: FeedSpan, top: number, tall: number): void {
    const { share, edge } = FEED_LOOK[kind];
    const fill = kind === "unknown" ? "url(#unknown)" : kind === "live" ? "lane-live" : `feed-${kind}`;
    const least = kind === "live" ? 1 : 3;
    const from = top + (1 - share) * tall;
    this.parts.push(this.box(from_s, to_s, from, share * tall, fill, least));
    if (edge !== null) this.parts.push(this.box(from_s, to_s, from, 2, edge, least));
    const left = Math.max(this.x(from_s), LEFT);
    const words = kind === "live" ? "" : this.words.feed(kind);
    const wide = words.length * LETTER_PX;
    if (words === "" || wide + 8 >= Math.min(this.x(to_s), LEFT + ACROSS) - left) return;
    // On ground of its own: the edge would strike it through.
    this.parts.push(
      `<rect x="${left + 3}" y="${top + 2}" width="${wide}" height="${tall - 4}" ${this.ink("fill", "lane")}/>`,
    );
    this.parts.push(this.text(left + 5, top + 14, words, "text", 12));
  }

  private x(at_s: number): number {
    const { from_s, to_s } = this.figure.view;
    return LEFT + ((at_s - from_s) / (to_s - from_s)) * ACROSS;
  }

  /** The target with its band, as each repetition is judged by it. */
  private band(y: (value: number) => number): void {
    const { plan, targets, view } = this.figure;
    if (plan === null) return;
    const cue = new Cue(plan);
    const half = plan.tolerance?.angle_deg ?? 3;
    const step_s = (2 * (view.to_s - view.from_s)) / ACROSS;
    for (const { from_s, to_s } of targets) {
      const [first, last] = [Math.max(from_s, view.from_s - step_s), Math.min(to_s, view.to_s + step_s)];
      if (first >= last) continue;
      const times: number[] = [];
      for (let at_s = first; at_s < last; at_s += step_s) times.push(at_s);
      times.push(last);
      const points = (angle: (since_s: number) => number) =>
        times.map((at_s) => {
          const since_s = Math.min(at_s - from_s, cue.cycle_s - 1e-6);
          return `${this.x(at_s).toFixed(1)},${y(angle(since_s)).toFixed(1)}`;
        });
      const edge = (side: 0 | 1) => points((since_s) => cue.bandAt(since_s, half)[side]);
      const around = [...edge(1), ...edge(0).reverse()].join(" ");
      this.parts.push(`<polygon points="${around}" ${this.ink("fill", "band")}/>`);
      this.parts.push(
        `<polyline points="${points((since_s) => cue.angleAt(since_s)).join(" ")}" fill="none" ${this.ink("stroke", "target")} stroke-width="1.5"/>`,
      );
    }
  }

  private path(t_s: Float64Array, values: Values, y: (value: number) => number): string {
    const { from_s, to_s } = this.figure.view;
    const first = Math.max(0, placeAt(t_s, from_s));
    const last = Math.min(t_s.length, placeAt(t_s, to_s) + 2);
    let path = "";
    let before = false;
    for (let n = first; n < last; n++) {
      const value = values[n] ?? Number.NaN;
      const known = !Number.isNaN(value);
      if (known) path += `${before ? "L" : "M"}${this.x(t_s[n] ?? 0).toFixed(1)} ${y(value).toFixed(1)}`;
      before = known;
    }
    return path;
  }

  private mark(kind: string, at_s: number, y: number): string {
    const [x, group] = [this.x(at_s), groupOf(kind)];
    const ink = this.ink("fill", `mark-${group}`);
    if (group === "failure") return `<path d="M${x} ${y - 6}L${x + 6} ${y + 6}L${x - 6} ${y + 6}Z" ${ink}/>`;
    if (group === "cadence") return `<path d="M${x} ${y - 6}L${x + 6} ${y}L${x} ${y + 6}L${x - 6} ${y}Z" ${ink}/>`;
    if (group === "safety") return `<rect x="${x - 5}" y="${y - 5}" width="10" height="10" ${ink}/>`;
    return `<circle cx="${x}" cy="${y}" r="5" ${ink}/>`;
  }

  private box(from_s: number, to_s: number, top: number, tall: number, fill: string, least = 1): string {
    const [left, right] = [this.x(from_s), this.x(to_s)];
    const ink = fill.startsWith("url(") ? `fill="${fill}"` : this.ink("fill", fill);
    return `<rect x="${left.toFixed(1)}" y="${top}" width="${Math.max(least, right - left - 1).toFixed(1)}" height="${tall}" ${ink}/>`;
  }

  private line(
    x1: number,
    y1: number,
    x2: number,
    y2: number,
    token: string,
    width: number,
    dash: number[] = [],
  ): string {
    const dashed = dash.length > 0 ? ` stroke-dasharray="${dash.join(" ")}"` : "";
    const [a, b, c, d] = [x1, y1, x2, y2].map((value) => value.toFixed(1));
    return `<line x1="${a}" y1="${b}" x2="${c}" y2="${d}" ${this.ink("stroke", token)} stroke-width="${width}"${dashed}/>`;
  }

  private text(
    x: number,
    y: number,
    words: string,
    token: string,
    size: number,
    anchor = "start",
    bold = false,
  ): string {
    const weight = bold ? ' font-weight="700"' : "";
    return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-size="${size}" text-anchor="${anchor}"${weight} ${this.ink("fill", token)}>${escaped(words)}</text>`;
  }

  private hatches(): string {
    return (["gap", "backfilled", "unknown"] as const)
      .map((kind) => {
        const ink = this.ink("stroke", { gap: "missing", backfilled: "target", unknown: "axis" }[kind]);
        return (
          `<pattern id="${kind}" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
          `<line x1="0" y1="0" x2="0" y2="7" ${ink} stroke-width="${kind === "gap" ? 3 : 1.5}"/></pattern>`
        );
      })
      .join("");
  }

  /** An attribute of a colour; one that lets through what is behind it as other programs know it. */
  private ink(attribute: "fill" | "stroke", token: string): string {
    const colour = this.words.colour(token);
    const parts = /^rgba?\(\s*(\d+)[ ,]+(\d+)[ ,]+(\d+)\s*[/,]\s*([\d.]+)(%?)\s*\)$/.exec(colour);
    if (parts === null) return `${attribute}="${colour}"`;
    const [, r, g, b, share, percent] = parts;
    const opacity = Number(share) / (percent === "%" ? 100 : 1);
    return `${attribute}="rgb(${r},${g},${b})" ${attribute}-opacity="${opacity}"`;
  }
}

function seen(from_s: number, to_s: number, view: View): boolean {
  return to_s >= view.from_s && from_s <= view.to_s;
}

/** Round values between two, about so many. */
function ticks(low: number, high: number, most: number): number[] {
  const step = stepOf(low, high, most);
  const found: number[] = [];
  for (let n = Math.ceil(low / step); n * step <= high; n++) found.push(n * step + 0);
  return found;
}

function stepOf(low: number, high: number, most: number): number {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5, 10].find((one) => one * power >= rough) ?? 10);
}

function decimals(low: number, high: number): number {
  return high - low >= 4 ? 0 : 1;
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
