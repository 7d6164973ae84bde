/** The charts of the replay: what is measured, and on demand what the analysis had in mind (decision 0186). Pure. */
import type { About, SignalName, Traces, Values } from "./columns";

export const INSIDE = [
  "detection_deg",
  "progress",
  "torque_shown_nm",
  "asked_nm",
  "tremor_nm",
  "stall_deg_s",
  "stalled_s",
  "reserve",
  "reserve_low",
  "reserve_high",
] as const;
export type InsideName = (typeof INSIDE)[number];

export const PANELS = ["progress", "demand", "tremor", "stall", "reserve"] as const;
export type Panel = (typeof PANELS)[number];
export type ChartName = "angle" | "torque" | "speed" | Panel;

/** How a line is drawn; the colours are tokens. */
export interface Stroke {
  token: "trace" | "cue" | "target" | "asked" | "axis";
  width: number;
  dash: readonly number[];
}

export interface Chart {
  name: ChartName;
  signals: readonly { name: SignalName | InsideName; stroke: Stroke }[];
  /** The axis never shows less than this. */
  least: number;
  upside_down: boolean;
  /** Parameters that are lines across it; those of `named` with their word. */
  levels: readonly string[];
  named: readonly string[];
  unit: string;
  decimals: number;
}

const PLAIN: Stroke = { token: "trace", width: 1.5, dash: [] };
const SHOWN: Stroke = { token: "cue", width: 1, dash: [5, 4] };
const ASKED: Stroke = { token: "asked", width: 1.5, dash: [7, 3] };
const EDGE: Stroke = { token: "axis", width: 1, dash: [] };
const LINE = { least: 10, upside_down: false, levels: [], named: [], decimals: 0 } as const;

export const CHARTS: readonly Chart[] = [
  {
    ...LINE,
    name: "angle",
    // Extension is up, as on every screen.
    upside_down: true,
    signals: [
      { name: "angle_deg", stroke: PLAIN },
      { name: "cue_deg", stroke: SHOWN },
    ],
    unit: "°",
  },
  { ...LINE, name: "torque", signals: [{ name: "torque_nm", stroke: PLAIN }], unit: "Nm" },
  { ...LINE, name: "speed", signals: [{ name: "speed_deg_s", stroke: PLAIN }], unit: "°/s" },
];

const INNER: Readonly<Record<Panel, Chart>> = {
  progress: {
    ...LINE,
    name: "progress",
    signals: [{ name: "progress", stroke: PLAIN }],
    least: 1,
    levels: ["boundary_low", "attempt", "partial", "short", "full", "boundary_high"],
    named: ["boundary_low", "attempt", "partial", "full"],
    unit: "",
    decimals: 1,
  },
  demand: {
    ...LINE,
    name: "demand",
    signals: [
      { name: "torque_shown_nm", stroke: PLAIN },
      { name: "asked_nm", stroke: ASKED },
    ],
    unit: "Nm",
  },
  tremor: { ...LINE, name: "tremor", signals: [{ name: "tremor_nm", stroke: PLAIN }], least: 4, unit: "Nm" },
  stall: {
    ...LINE,
    name: "stall",
    signals: [{ name: "stalled_s", stroke: PLAIN }],
    least: 1,
    levels: ["brief_stall_s", "stall_least_s"],
    named: ["stall_least_s"],
    unit: "s",
    decimals: 1,
  },
  reserve: {
    ...LINE,
    name: "reserve",
    signals: [
      { name: "reserve", stroke: PLAIN },
      { name: "reserve_low", stroke: EDGE },
      { name: "reserve_high", stroke: EDGE },
    ],
    least: 4,
    unit: "",
  },
};

/** Those of the names that are panels, in their order. */
export function panelsOf(names: readonly unknown[]): Panel[] {
  return PANELS.filter((panel) => names.includes(panel));
}

export function chartsOf(panels: readonly Panel[]): Chart[] {
  return [...CHARTS, ...panels.map((panel) => INNER[panel])];
}

/** So high an inner chart is at least, pixels. */
export const LEAST_PX = 84;
const SHARES = [0.5, 0.25, 0.25];

/** The charts' heights in so much room: angle half of what the inner ones leave, torque and speed a quarter each. */
export function heightsOf(room: number, inner: number): number[] {
  const each = Math.floor(Math.max(LEAST_PX, (room * 2) / (8 + 2 * inner)));
  const base = Math.max(3 * 40, room - inner * each);
  return [...SHARES.map((share) => Math.floor(base * share)), ...Array.from({ length: inner }, () => each)];
}

/** Least and greatest of a chart's signals and levels, with a little air. */
export function reachOf(
  { signals, least, levels }: Chart,
  values: Readonly<Partial<Record<string, Values>>>,
  about: About | null,
): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  const take = (value: number) => {
    if (value < low) low = value;
    if (value > high) high = value;
  };
  for (const { name } of signals) for (const value of values[name] ?? []) take(value);
  if (levels.length > 0) take(0);
  for (const name of levels) take(about?.levels?.[name] ?? 0);
  if (low > high) [low, high] = [0, 1];
  const short = Math.max(0, least - (high - low)) / 2;
  const air = 0.06 * Math.max(high - low, least);
  return [low - short - air, high + short + air];
}

/** What is at hand of the measured signals and of what the analysis had in mind. */
export interface Hand {
  measured: Traces<SignalName>;
  inside: Traces<InsideName> | null;
}

/** The columns that a chart draws, with their times; null where they are not at hand. */
export function columnsOf(
  { measured, inside }: Hand,
  { signals }: Chart,
): { t_s: Float64Array; values: Values[] } | null {
  const found = signals.map(({ name }) => (measured.values as Partial<Record<string, Values>>)[name]);
  if (found.every((values) => values !== undefined)) return { t_s: measured.t_s, values: found };
  if (inside === null) return null;
  return { t_s: inside.t_s, values: signals.map(({ name }) => inside.values[name as InsideName]) };
}
