/** A session as the service tells of it over HTTP (contract 6), and what follows from it. Pure. */
import type { Plan } from "../../wire.gen";

export interface Completeness {
  expected: number;
  stored: number;
  missing: number;
  refused: number;
}

export type CoverageKind = "live" | "backfilled" | "gap";

/** A stretch of the session, s since its first sample: shown live, came later, or never came. */
export interface Coverage {
  kind: CoverageKind;
  from_s: number;
  to_s: number;
}

/** What befell the recording; further fields go with the kind. */
export interface RecordNote {
  kind: string;
  noted_utc?: string;
  boot?: string | null;
  first?: number | null;
  last?: number | null;
}

export interface SetResult {
  set: number;
  reason: string;
  full: number;
  short: number;
  partial: number;
  attempt: number;
  started_s: number | null;
  at_s: number;
  duration_s: number | null;
}

export interface SessionRecord {
  session: string;
  machine: string;
  started_utc: string;
  ended_utc: string | null;
  plan: Plan | null;
  sets: SetResult[];
  completeness: Completeness;
  final: boolean;
  /** Absent from a service that does not know them yet. */
  coverage?: Coverage[];
  notes?: RecordNote[];
  /** It has ended, and samples may still come. */
  settling?: boolean;
}

export interface SessionPage {
  items: SessionRecord[];
  next: string | null;
}

/** Any event of contract 4, as far as it is looked at here. */
export interface AnyEvent {
  kind: string;
  at_s: number;
  set: number | null;
  repetition?: number;
  flags?: string[];
  [field: string]: unknown;
}

export function eventsOf(lines: string): AnyEvent[] {
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as AnyEvent);
}

export interface Difference {
  onlyLive: AnyEvent[];
  onlyFinal: AnyEvent[];
}

/** Numbers that make no difference: when it became known, and to whom. */
const UNESSENTIAL = new Set(["id", "known_s", "machine", "session"]);

/** Events that stand in one version only, in order of time. */
export function differenceOf(live: readonly AnyEvent[], final: readonly AnyEvent[]): Difference {
  return { onlyLive: without(live, final), onlyFinal: without(final, live) };
}

function without(these: readonly AnyEvent[], those: readonly AnyEvent[]): AnyEvent[] {
  const left = new Map<string, number>();
  for (const event of those) left.set(essence(event), (left.get(essence(event)) ?? 0) + 1);
  return these
    .filter((event) => {
      const n = left.get(essence(event)) ?? 0;
      left.set(essence(event), n - 1);
      return n <= 0;
    })
    .sort((a, b) => a.at_s - b.at_s);
}

function essence(event: AnyEvent): string {
  return JSON.stringify(Object.entries(event).filter(([name]) => !UNESSENTIAL.has(name)));
}

/** Seconds of each kind. */
export function totals(coverage: readonly Coverage[]): Record<CoverageKind, number> {
  const sums = { live: 0, backfilled: 0, gap: 0 };
  for (const { kind, from_s, to_s } of coverage) sums[kind] += to_s - from_s;
  return sums;
}

/** How long the session is, s: by its coverage, else by its sets; at least a second. */
export function lengthOf(record: SessionRecord): number {
  const ends = [...(record.coverage ?? []).map(({ to_s }) => to_s), ...record.sets.map(({ at_s }) => at_s)];
  return Math.max(1, ...ends);
}

/** The repetitions of a set that have a gap in them. */
export function gapped(events: readonly AnyEvent[], set: number): number[] {
  return events
    .filter((event) => event.kind === "repetition_completed" && event.set === set && event.flags?.includes("gap"))
    .map((event) => event.repetition ?? 0);
}

/** Nothing is missing and nothing was refused. */
export function whole({ missing, refused }: Completeness): boolean {
  return missing === 0 && refused === 0;
}
