/** A session as the service tells of it over HTTP (contract 6), and what follows from it. Pure. */
import type { Plan } from "../../wire.gen";
import type { Label } from "../set/labels";

export interface Completeness {
  expected: number;
  stored: number;
  missing: number;
  refused: number;
  /** Runs of the machine of which nobody knows the last sample: as many are missing at least. */
  open_ended?: number;
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

/** What the patient said of the pain after a stop (decision 0135). */
export interface PainNote extends RecordNote {
  press: string | null;
  pain: number | null;
  where: readonly string[];
  quality: string | null;
}

/** What the patient said before the first set (decision 0178). */
export interface CheckInNote extends RecordNote {
  who: "self" | "other" | null;
  pain: number | null;
  ready: boolean;
  skipped: boolean;
}

/** What a screen told of the session: it befell no recording. */
const TOLD: ReadonlySet<string> = new Set(["pain_told", "set_shown", "checked_in"]);

export function befell(notes: readonly RecordNote[]): RecordNote[] {
  return notes.filter((note) => !TOLD.has(note.kind));
}

/** What was said of each stop for pain: of several answers the newest. */
export function painsOf(notes: readonly RecordNote[]): PainNote[] {
  const pains = notes.filter((note): note is PainNote => note.kind === "pain_told");
  return pains.filter(({ press }, n) => press === null || !pains.slice(n + 1).some((later) => later.press === press));
}

/** What was said before the first set: what was said last counts; null where nothing was. */
export function checkInOf(notes: readonly RecordNote[]): CheckInNote | null {
  return notes.filter((note): note is CheckInNote => note.kind === "checked_in").at(-1) ?? null;
}

/** What was confirmed before a set (decision 0242). */
export interface ConfirmedNote extends RecordNote {
  label: string | null;
  calibration: "expired" | null;
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

/** Events that stand in one version only; when they became known is no difference. */
export interface Difference {
  only_live: AnyEvent[];
  only_final: AnyEvent[];
}

/** What is wrong with the recording, from which time on, s. */
export interface Damage {
  from_s: number;
  reason: string;
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
  /** What stands out (`filter.FLAGS`); null where that was not looked for yet. */
  flags?: string[] | null;
  /** Absent from a service that does not know them yet. */
  coverage?: Coverage[];
  /** From a table: no screen ever showed it. */
  imported?: boolean;
  notes?: RecordNote[];
  difference?: Difference | null;
  damage?: Damage | null;
  /** It has ended, and samples may still come. */
  settling?: boolean;
  /** What therapists said of it. */
  labels?: Label[];
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

/** Nothing is missing, which is known, nothing was refused, and the file is sound. */
export function whole({ completeness: { missing, refused, open_ended }, damage }: SessionRecord): boolean {
  return missing === 0 && refused === 0 && !open_ended && damage == null;
}
