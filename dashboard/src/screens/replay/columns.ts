/** Typed columns as the service sends them (decision 0152): a small header in JSON, then arrays that are viewed in place. Pure. */

import type { CoverageKind } from "../record/record";

const MAGIC = "ILEXCOL1";
const HEAD_BYTES = 16;

interface Described {
  name: string;
  type: "f4" | "f8";
  rows: number;
}

/** What was asked for and what came: `width_s` 0 = the samples themselves, else stretches so long with two values each. */
export interface About {
  from_s: number;
  to_s: number;
  width_s: number;
  period_s: number;
  /** Time of the newest sample; more may come while `open`. */
  length_s: number;
  open: boolean;
  /** What is wrong with the recording, in words; it is shown as far as it is good. Absent where it is sound. */
  damage?: string;
  /** Of the internals: where the cue stood, and the parameters that they are held against. */
  cues?: { known_s: number | null; origin_s: number | null; running: boolean }[];
  levels?: Record<string, number>;
}

export type Values = Float32Array | Float64Array;

export interface Columns {
  about: About;
  column: (name: string) => Values;
}

/** Raises an Error where the bytes are not what was said. */
export function decode(bytes: ArrayBuffer): Columns {
  const text = new TextDecoder();
  if (bytes.byteLength < HEAD_BYTES || text.decode(new Uint8Array(bytes, 0, MAGIC.length)) !== MAGIC)
    throw new Error("not columns");
  const length = new DataView(bytes).getUint32(MAGIC.length, true);
  const header = JSON.parse(text.decode(new Uint8Array(bytes, HEAD_BYTES, length))) as About & { columns: Described[] };
  const found = new Map<string, Values>();
  let at = HEAD_BYTES + length;
  for (const { name, type, rows } of header.columns) {
    const Kind = type === "f4" ? Float32Array : Float64Array;
    found.set(name, new Kind(bytes, at, rows));
    at += Math.ceil((rows * Kind.BYTES_PER_ELEMENT) / 8) * 8;
  }
  return { about: header, column: (name) => found.get(name) ?? new Float32Array(0) };
}

export const SIGNALS = ["angle_deg", "torque_nm", "speed_deg_s", "cue_deg"] as const;
export type SignalName = (typeof SIGNALS)[number];

/** Columns as lines to draw: of a stretch its least value, then, half a stretch later, its greatest. */
export interface Traces<Name extends string = SignalName> {
  about: About;
  t_s: Float64Array;
  values: Record<Name, Values>;
}

export function traces(columns: Columns): Traces;
export function traces<Name extends string>(columns: Columns, names: readonly Name[]): Traces<Name>;
export function traces({ about, column }: Columns, names: readonly string[] = SIGNALS): Traces<string> {
  const t_s = column("t_s") as Float64Array;
  const of = (name: string) =>
    about.width_s === 0 ? column(name) : interleaved(column(`${name}.low`), column(`${name}.high`));
  const times = about.width_s === 0 ? t_s : doubled(t_s, about.width_s / 2);
  const values = Object.fromEntries(names.map((name) => [name, of(name)])) as Record<string, Values>;
  return { about, t_s: times, values };
}

function doubled(t_s: Float64Array, half_s: number): Float64Array {
  const both = new Float64Array(2 * t_s.length);
  for (let n = 0; n < t_s.length; n++) {
    both[2 * n] = t_s[n] ?? 0;
    both[2 * n + 1] = (t_s[n] ?? 0) + half_s;
  }
  return both;
}

function interleaved(low: Values, high: Values): Float32Array {
  const both = new Float32Array(2 * low.length);
  for (let n = 0; n < low.length; n++) {
    both[2 * n] = low[n] ?? Number.NaN;
    both[2 * n + 1] = high[n] ?? Number.NaN;
  }
  return both;
}

/** A stretch of the session by how its samples came; `unknown`: they are there, and nobody says how they came. */
export interface Stretch {
  kind: CoverageKind | "unknown";
  from_s: number;
  to_s: number;
}

/** What is there and what isn't, as the samples alone tell it. */
export function stretches({ about, t_s, values }: Traces): Stretch[] {
  const found: Stretch[] = [];
  // The row that breaks a line off stands in the middle of its gap, not where that begins.
  const lasts_s = Math.max(about.period_s, about.width_s / 2);
  for (let n = 0; n < t_s.length; n++) {
    const empty = Number.isNaN(values.angle_deg[n]) && Number.isNaN(values.torque_nm[n]);
    const kind = empty ? "gap" : "unknown";
    const [at_s, next_s] = [t_s[n] ?? 0, t_s[n + 1] ?? about.length_s];
    const to_s = empty ? next_s : Math.min(next_s, at_s + lasts_s);
    const last = found.at(-1);
    if (last?.kind === kind) last.to_s = to_s;
    else found.push({ kind, from_s: last?.to_s ?? at_s, to_s });
  }
  return found;
}

/** What was live, came later, is missing, as the record says; where it does not (damage), as the samples tell. */
export function coverageOf(said: readonly Stretch[], whole: Traces | null): readonly Stretch[] {
  return said.length > 0 || whole === null ? said : stretches(whole);
}

/** The place of the last time at or before `at_s`; -1 before the first. */
export function placeAt(t_s: Values, at_s: number): number {
  let low = 0;
  let high = t_s.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((t_s[middle] ?? 0) <= at_s) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** A signal's value at a time; null where nothing was measured, or nothing within `reach_s`. */
export function valueAt<Name extends string>(
  { t_s, values, about }: Traces<Name>,
  name: Name,
  at_s: number,
): number | null {
  const place = placeAt(t_s, at_s + 1e-9);
  const reach_s = Math.max(about.width_s, 3 * about.period_s);
  const value = values[name][place];
  if (value === undefined || Number.isNaN(value) || at_s - (t_s[place] ?? 0) > reach_s) return null;
  return value;
}
