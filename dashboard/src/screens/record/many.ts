/** What a rerun changes in many sessions: a line for each, sums for all, a table to keep (decision 0187). Pure. */
import type { KindCount } from "../replay/Kinds";
import { type Judged, type Line, lines, type Rerun, slight } from "../replay/rerun";
import type { AnyEvent, SessionRecord } from "./record";

export interface Changed {
  record: SessionRecord;
  repetitions: { before: number; after: number };
  gone: number;
  fresh: number;
  changed: number;
  /** What says most of it, in order of time; slight changes left out. */
  lines: readonly Line[];
  rerun: Rerun;
}

/** Kinds whose changes are told before others', as by `ilex rerun`. */
const FIRST: readonly string[] = ["set_ended", "repetition_completed", "failure", "abrupt_stop"];

export function changedOf(record: SessionRecord, rerun: Rerun): Changed {
  const before = record.sets.reduce((sum, set) => sum + set.full + set.short + set.partial, 0);
  const more = counted(rerun.only_after) + counted(rerun.changed.map(({ after }) => after));
  const less = counted(rerun.only_before) + counted(rerun.changed.map((change) => change.before));
  const told = lines(rerun).filter((line) => !slight(line));
  return {
    record,
    repetitions: { before, after: before + more - less },
    gone: rerun.only_before.length,
    fresh: rerun.only_after.length,
    changed: told.filter(({ way }) => way === "changed").length,
    lines: [...told].sort((a, b) => Number(!FIRST.includes(a.event.kind)) - Number(!FIRST.includes(b.event.kind))),
    rerun,
  };
}

function counted(events: readonly AnyEvent[]): number {
  return events.filter(({ kind, extent }) => kind === "repetition_completed" && extent !== "attempt").length;
}

/** Those that change at all, most first: by repetitions, then by what comes and goes, then by what changes. */
export function ranked(all: readonly Changed[]): Changed[] {
  const weight = ({ repetitions, gone, fresh, changed }: Changed) =>
    1e6 * Math.abs(repetitions.after - repetitions.before) + 1e3 * (gone + fresh) + changed;
  return all.filter((one) => weight(one) > 0).sort((a, b) => weight(b) - weight(a));
}

export interface Sum {
  sessions: number;
  different: number;
  before: number;
  after: number;
  recounted: number;
  /** Of what therapists have said, over all; null where they have said nothing. */
  judged: (Judged & { better: number; worse: number }) | null;
}

export function sumOf(all: readonly Changed[]): Sum {
  const sum = (value: (one: Changed) => number) => all.reduce((total, one) => total + value(one), 0);
  return {
    sessions: all.length,
    different: ranked(all).length,
    before: sum(({ repetitions }) => repetitions.before),
    after: sum(({ repetitions }) => repetitions.after),
    recounted: sum(({ repetitions }) => Number(repetitions.before !== repetitions.after)),
    judged: judgedOf(all.flatMap(({ rerun }) => rerun.labels ?? [])),
  };
}

function judgedOf(all: readonly Judged[]): Sum["judged"] {
  if (all.length === 0) return null;
  const sum = (value: (one: Judged) => number) => all.reduce((total, one) => total + value(one), 0);
  return {
    before: sum(({ before }) => before),
    after: sum(({ after }) => after),
    of: sum(({ of }) => of),
    better: sum(({ before, after }) => Number(after > before)),
    worse: sum(({ before, after }) => Number(after < before)),
  };
}

/** By kind of event: in how many sessions what goes, comes, changes. */
export function kindsOf(all: readonly Changed[]): Required<KindCount>[] {
  const found = new Map<string, Required<KindCount>>();
  for (const { lines: told } of all) {
    const mine = new Set<string>();
    for (const { way, event } of told) {
      const row = found.get(event.kind) ?? { kind: event.kind, before: 0, after: 0, changed: 0, sessions: 0 };
      row[way] += 1;
      if (!mine.has(event.kind)) row.sessions += 1;
      mine.add(event.kind);
      found.set(event.kind, row);
    }
  }
  return [...found.values()].sort((a, b) => b.sessions - a.sessions || (a.kind < b.kind ? -1 : 1));
}

const COLUMNS = [
  "session",
  "machine",
  "started_utc",
  "repetitions_before",
  "repetitions_after",
  "gone",
  "new",
  "changed",
  "right_before",
  "right_after",
  "labelled",
  "kinds",
];

/** As a table for other programs: one line a session, changed or not. */
export function csvOf(all: readonly Changed[]): string {
  const rows = all.map(({ record, repetitions, gone, fresh, changed, rerun, lines: told }) => [
    record.session,
    record.machine,
    record.started_utc,
    repetitions.before,
    repetitions.after,
    gone,
    fresh,
    changed,
    rerun.labels?.before ?? "",
    rerun.labels?.after ?? "",
    rerun.labels?.of ?? 0,
    [...new Set(told.map(({ event }) => event.kind))].join(" "),
  ]);
  return `${[COLUMNS, ...rows].map((row) => row.join(",")).join("\n")}\n`;
}

/** Each session's whole difference, one a line, as `ilex rerun --json` has it. */
export function jsonlOf(all: readonly Changed[]): string {
  return all
    .map(({ record, rerun, repetitions }) => `${JSON.stringify({ session: record.session, ...rerun, repetitions })}\n`)
    .join("");
}
