/** A set as a table: a row a repetition, with what was found in it and what the therapist says of it (contract 4). Pure. */
import { known, number, t } from "../../i18n/language";
import { type Finding, isFinding } from "../../live/findings";
import type { AnyEvent, Phase, Plan, RepetitionCompleted, SetEnded } from "../../wire.gen";
import { findingNote, type Note } from "../../words/finding";
import { isAbout, type Label, lastOf, type Place } from "./labels";

export const PHASES: readonly Phase[] = ["turn", "extension", "hold", "flexion"];

export interface PhaseTime {
  phase: Phase;
  seconds: number | null;
  target_s: number | null;
  /** Beyond the tolerance, as the service judged it. */
  off: "fast" | "slow" | null;
}

export interface Row {
  repetition: number;
  /** null while it is under way. */
  done: RepetitionCompleted | null;
  phases: PhaseTime[];
  remarks: Note[];
  /** s of the session; null where that is not known. */
  from_s: number | null;
  to_s: number | null;
  /** The finding and the void of the therapist, newest. */
  said: Label | null;
  voided: Label | null;
}

/** The rows of a set, in order. */
export function rowsOf(
  events: readonly AnyEvent[],
  set: number,
  plan: Plan | null,
  labels: readonly Label[] = [],
): Row[] {
  const found = new Map<number, AnyEvent[]>();
  let current = 0;
  for (const event of events) {
    if (event.set !== set) continue;
    if ("repetition" in event && typeof event.repetition === "number") current = event.repetition;
    if (current === 0 || event.kind === "set_ended") continue;
    found.set(current, [...(found.get(current) ?? []), event]);
  }
  return [...found.keys()]
    .sort((a, b) => a - b)
    .map((repetition) => rowOf(repetition, found.get(repetition) ?? [], set, plan, labels));
}

function rowOf(
  repetition: number,
  events: readonly AnyEvent[],
  set: number,
  plan: Plan | null,
  labels: readonly Label[],
): Row {
  const done = events.find((event) => event.kind === "repetition_completed") ?? null;
  const started = events.find((event) => event.kind === "repetition_started");
  const from_s = done?.extension_start_s ?? started?.at_s ?? null;
  const to_s = done === null ? null : (done.end_s ?? done.at_s);
  const place = { set, repetition, from_s, to_s };
  const deviated = events.filter((event) => event.kind === "cadence_deviated");
  return {
    repetition,
    done,
    phases: PHASES.map((phase) => ({
      phase,
      seconds: done?.[`${phase}_s`] ?? null,
      target_s: plan?.tempo[`${phase}_s`] ?? null,
      off: deviated.find((event) => event.phase === phase)?.direction ?? null,
    })),
    remarks: remarksOf(events, done),
    from_s,
    to_s,
    said: lastOf(labels, "finding", place),
    voided: lastOf(labels, "void", place),
  };
}

/** A sign that a failure was coming says nothing more once it has come. */
const OUTDONE: readonly string[] = ["struggle", "failure_likely", "unsure"];

function remarksOf(events: readonly AnyEvent[], done: RepetitionCompleted | null): Note[] {
  const findings = events.filter(isFinding);
  const failed = findings.some(({ kind }) => kind === "failure");
  const worst = new Map<string, Finding>();
  for (const finding of findings) {
    if (failed && OUTDONE.includes(finding.kind)) continue;
    const key = "side" in finding ? `${finding.kind}:${finding.side}` : finding.kind;
    worst.set(key, finding);
  }
  const notes = [...worst.values()].map((finding) => ({ ...findingNote(finding), text: shortOf(finding) }));
  const kinds: readonly string[] = findings.map(({ kind }) => kind);
  const flags = (done?.flags ?? []).filter((flag) => !kinds.includes(flag));
  return [...notes, ...flags.map(flagNote)];
}

/** In a row of its repetition a finding need not name it. */
function shortOf(finding: Finding): string {
  if (finding.kind === "failure") return t("row.failure", { angle: number(finding.angle_deg) });
  if (finding.kind === "range_exceeded" || finding.kind === "speed_exceeded") return findingNote(finding).text;
  return t(`event.${finding.kind}`);
}

function flagNote(flag: string): Note {
  const key = `flag.${flag}`;
  const technical = flag === "gap" || flag === "no_torque";
  return {
    tone: technical ? "technical" : "plain",
    icon: technical ? "stale" : "remark",
    text: known(key) ? t(key) : flag,
    reasons: [],
  };
}

/** Sets of a story, newest last: their number, and their end where they have one. */
export function setsOf(events: readonly AnyEvent[]): { set: number; from_s: number; ended: SetEnded | null }[] {
  const sets = new Map<number, { set: number; from_s: number; ended: SetEnded | null }>();
  for (const event of events) {
    if (event.set === null) continue;
    const known_ = sets.get(event.set) ?? { set: event.set, from_s: event.at_s, ended: null };
    if (event.kind === "set_ended") known_.ended = event;
    sets.set(event.set, known_);
  }
  return [...sets.values()];
}

/** Detections of a set that a therapist may accept or change. */
export type Detection = Extract<
  Finding,
  { kind: "failure" | "abrupt_stop" | "halted" | "end_stop" | "assisted" | "momentum" | "unsure" }
>;

const JUDGED: readonly string[] = ["failure", "abrupt_stop", "halted", "end_stop", "assisted", "momentum", "unsure"];

export function detectionsOf(events: readonly AnyEvent[], set: number): Detection[] {
  const found = new Map<string, Detection>();
  for (const event of events) {
    if (event.set === set && isDetection(event)) found.set(`${event.kind}:${event.repetition}`, event);
  }
  return [...found.values()];
}

function isDetection(event: AnyEvent): event is Detection {
  return JUDGED.includes(event.kind);
}

/** A repetition of a set, with when it was where its row is there. */
export function placeOf(set: number, repetition: number, rows: readonly Row[]): Place {
  const row = rows.find((each) => each.repetition === repetition);
  return { set, repetition, from_s: row?.from_s ?? null, to_s: row?.to_s ?? null };
}

/** What was said last of repetitions of a set in which nothing was detected, each with the number that it has here. */
export function ownOf(
  labels: readonly Label[],
  set: number,
  rows: readonly Row[],
  detections: readonly Detection[],
): { label: Label; repetition: number }[] {
  const judged = new Set(detections.map(({ repetition }) => repetition));
  const shown = rows.flatMap(({ repetition, said }) => (said === null ? [] : [{ label: said, repetition }]));
  // Of a repetition that has no row here there is its number alone.
  const others = labels.flatMap((label) => {
    const { repetition } = label;
    if (label.kind !== "finding" || label.set !== set || repetition === undefined) return [];
    if (rows.some((row) => isAbout(label, { set, ...row }))) return [];
    const place = placeOf(set, repetition, []);
    return label.from_s === undefined && lastOf(labels, "finding", place) === label ? [{ label, repetition }] : [];
  });
  return [...shown, ...others].filter(({ repetition }) => !judged.has(repetition));
}
