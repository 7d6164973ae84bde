/** What a rerun changes in many sessions: a line for each, sums for all, a table to keep (decision 0187). Pure. */
import type { Plan } from "../../wire.gen";
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

/** The plan that one for all starts from: the first one there is, without what is one patient's alone. */
export function commonOf(records: readonly SessionRecord[]): Plan | null {
  const first = records.find(({ plan }) => plan !== null)?.plan ?? null;
  if (first === null) return null;
  const { session: _session, label: _label, past: _past, ...common } = first;
  return { ...common, session: null, label: null };
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

export interface Sum {
  sessions: number;
  different: number;
  before: number;
  after: number;
  recounted: number;
  /** So many recordings are damaged: of these the rest was compared. */
  cut: number;
  /** Of what therapists have said, over all; null where they have said nothing. */
  judged: (Judged & { better: number; worse: number }) | null;
}

/** What has come so far, added up as it comes: one more costs the same after a thousand as after one. */
export class Tally {
  readonly all: Changed[] = [];
  /** Those that change at all, most first: by repetitions, then by what comes and goes, then by what changes. */
  readonly most: Changed[] = [];
  /** Another object each time. */
  sum: Sum = { sessions: 0, different: 0, before: 0, after: 0, recounted: 0, cut: 0, judged: null };
  private readonly found = new Map<string, Required<KindCount>>();

  add(one: Changed): void {
    const { sum } = this;
    const { before, after } = one.repetitions;
    this.all.push(one);
    this.rank(one);
    this.count(one);
    this.sum = {
      sessions: this.all.length,
      different: this.most.length,
      before: sum.before + before,
      after: sum.after + after,
      recounted: sum.recounted + Number(before !== after),
      cut: sum.cut + Number(one.rerun.damage !== undefined),
      judged: judgedTo(sum.judged, one.rerun.labels),
    };
  }

  /** By kind of event: in how many sessions what goes, comes, changes. */
  get kinds(): Required<KindCount>[] {
    return [...this.found.values()].sort((a, b) => b.sessions - a.sessions || (a.kind < b.kind ? -1 : 1));
  }

  /** Behind those that change as much. */
  private rank(one: Changed): void {
    const mine = weight(one);
    if (mine === 0) return;
    let low = 0;
    let high = this.most.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.most[middle];
      if (other !== undefined && weight(other) >= mine) low = middle + 1;
      else high = middle;
    }
    this.most.splice(low, 0, one);
  }

  private count({ lines: told }: Changed): void {
    const mine = new Set<string>();
    for (const { way, event } of told) {
      const row = this.found.get(event.kind) ?? { kind: event.kind, before: 0, after: 0, changed: 0, sessions: 0 };
      row[way] += 1;
      if (!mine.has(event.kind)) row.sessions += 1;
      mine.add(event.kind);
      this.found.set(event.kind, row);
    }
  }
}

function weight({ repetitions, gone, fresh, changed }: Changed): number {
  return 1e6 * Math.abs(repetitions.after - repetitions.before) + 1e3 * (gone + fresh) + changed;
}

function judgedTo(so_far: Sum["judged"], labels: Judged | undefined): Sum["judged"] {
  if (labels === undefined) return so_far;
  const sum = so_far ?? { before: 0, after: 0, of: 0, better: 0, worse: 0 };
  return {
    before: sum.before + labels.before,
    after: sum.after + labels.after,
    of: sum.of + labels.of,
    better: sum.better + Number(labels.after > labels.before),
    worse: sum.worse + Number(labels.after < labels.before),
  };
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
  "damage",
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
    quoted(rerun.damage ?? ""),
  ]);
  return `${[COLUMNS, ...rows].map((row) => row.join(",")).join("\n")}\n`;
}

/** RFC 4180: a service's words may hold a comma. */
function quoted(words: string): string {
  return /[",\r\n]/.test(words) ? `"${words.replaceAll('"', '""')}"` : words;
}

/** Each session's whole difference, one a line, as `ilex rerun --json` has it. */
export function jsonlOf(all: readonly Changed[]): string {
  return all
    .map(({ record, rerun, repetitions }) => `${JSON.stringify({ session: record.session, ...rerun, repetitions })}\n`)
    .join("");
}
