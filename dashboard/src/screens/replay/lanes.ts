/** What lies beside the curves: sets, repetitions, phases, what lasted, and the events worth a mark. Pure. */
import { Cue } from "../../cue/cue";
import type { Phase, Plan } from "../../wire.gen";
import type { AnyEvent } from "../record/record";

export interface Span<Kind extends string = string> {
  kind: Kind;
  from_s: number;
  to_s: number;
  label: string;
}

export interface Repetition {
  set: number;
  number: number;
  extent: string;
  flags: readonly string[];
  from_s: number;
  to_s: number;
}

/** The cue as a repetition is judged against it: laid anew at its start, up to the next one's (contract 3). */
export interface Target {
  from_s: number;
  to_s: number;
}

/** Kinds that have a mark of their own, by the lane that they stand in. */
export const GROUPS = {
  failure: [
    "failure",
    "failure_likely",
    "struggle",
    "unsure",
    "unable",
    "abrupt_stop",
    "halted",
    "end_stop",
    "assisted",
    "momentum",
  ],
  cadence: ["cadence_deviated"],
  safety: ["range_exceeded", "speed_exceeded", "button_pressed", "paused", "resumed"],
  signal: ["signal_faulted", "signal_restored"],
  course: [
    "set_started",
    "repetition_started",
    "phase_entered",
    "repetition_completed",
    "reserve_estimated",
    "set_ended",
  ],
} as const;
export type Group = keyof typeof GROUPS;
export const MARKED: readonly Group[] = ["failure", "cadence", "safety", "signal"];

/** Where a kind of event belongs; one that a newer service may send stands with the course. */
export function groupOf(kind: string): Group {
  const found = (Object.keys(GROUPS) as Group[]).find((group) => (GROUPS[group] as readonly string[]).includes(kind));
  return found ?? "course";
}

export function phases(events: readonly AnyEvent[], length_s: number): Span<Phase>[] {
  const found: Span<Phase>[] = [];
  let open: Span<Phase> | null = null;
  const close = (at_s: number) => {
    if (open !== null && at_s > open.from_s) found.push({ ...open, to_s: at_s });
    open = null;
  };
  for (const event of byTime(events)) {
    if (event.kind === "phase_entered") {
      close(event.at_s);
      open = { kind: event.phase as Phase, from_s: event.at_s, to_s: length_s, label: String(event.repetition ?? "") };
    } else if (event.kind === "set_ended") close(event.at_s);
  }
  close(length_s);
  return found;
}

export function repetitions(events: readonly AnyEvent[]): Repetition[] {
  return events
    .filter((event) => event.kind === "repetition_completed")
    .map((event) => {
      const from_s = time(event.extension_start_s) ?? time(event.flexion_start_s) ?? event.at_s;
      return {
        set: event.set ?? 0,
        number: event.repetition ?? 0,
        extent: String(event.extent ?? ""),
        flags: event.flags ?? [],
        from_s,
        to_s: Math.max(time(event.end_s) ?? event.at_s, from_s),
      };
    });
}

/** Each with its number as `label` and what ended it as `kind`; "" while it runs. */
export function sets(events: readonly AnyEvent[], length_s: number): Span[] {
  return pairs(
    events,
    "set_started",
    (end, begin) => end.kind === "set_ended" && end.set === begin.set,
    length_s,
    (begin, end) => ({ kind: String(end?.reason ?? ""), label: String(begin.set) }),
  );
}

/** Pauses, and faults of the signal, from their beginning to their end. */
export function lasting(events: readonly AnyEvent[], length_s: number): Span<"pause" | "fault">[] {
  const pauses = pairs(
    events,
    "paused",
    (end) => end.kind === "resumed" || end.kind === "set_ended",
    length_s,
    () => ({
      kind: "pause" as const,
      label: "",
    }),
  );
  const faults = pairs(
    events,
    "signal_faulted",
    (end, begin) => end.kind === "signal_restored" && end.channel === begin.channel && end.fault === begin.fault,
    length_s,
    (begin) => ({ kind: "fault" as const, label: `${begin.channel}.${begin.fault}` }),
  );
  return [...pauses, ...faults];
}

export function targets(events: readonly AnyEvent[], plan: Plan | null): Target[] {
  if (plan === null) return [];
  const { cycle_s } = new Cue(plan);
  const begun = new Map<string, number | null>();
  for (const event of byTime(events)) {
    const repetition = `${event.set} ${event.repetition}`;
    // One that runs is announced; once it is over, what was measured of it holds.
    if (event.kind === "repetition_completed") begun.set(repetition, time(event.extension_start_s));
    else if (event.kind === "repetition_started" && !begun.has(repetition)) begun.set(repetition, event.at_s);
  }
  const starts = [...begun.values()].filter((at_s) => at_s !== null).sort((a, b) => a - b);
  return starts.map((from_s, n) => ({
    from_s,
    to_s: Math.min(from_s + cycle_s, starts[n + 1] ?? Number.POSITIVE_INFINITY),
  }));
}

/** The events that are stepped through and marked, in order of time. */
export function marked(events: readonly AnyEvent[]): AnyEvent[] {
  return byTime(events).filter((event) => MARKED.includes(groupOf(event.kind)));
}

/** The first after (1), or the last before (-1) a time. */
export function neighbour<Item extends { from_s: number } | { at_s: number }>(
  items: readonly Item[],
  at_s: number,
  step: 1 | -1,
): Item | null {
  const when = (item: Item) => ("from_s" in item ? item.from_s : item.at_s);
  const found = items.filter((item) => (step === 1 ? when(item) > at_s + 1e-3 : when(item) < at_s - 1e-3));
  found.sort((a, b) => when(a) - when(b));
  return found.at(step === 1 ? 0 : -1) ?? null;
}

export function byTime(events: readonly AnyEvent[]): AnyEvent[] {
  return [...events].sort((a, b) => a.at_s - b.at_s);
}

function pairs<Found extends { kind: string; label: string }>(
  events: readonly AnyEvent[],
  begins: string,
  ends: (end: AnyEvent, begin: AnyEvent) => boolean,
  length_s: number,
  found: (begin: AnyEvent, end: AnyEvent | undefined) => Found,
): (Found & { from_s: number; to_s: number })[] {
  const ordered = byTime(events);
  return ordered.flatMap((begin, n) => {
    if (begin.kind !== begins) return [];
    const end = ordered.slice(n + 1).find((event) => ends(event, begin));
    return [{ ...found(begin, end), from_s: begin.at_s, to_s: end?.at_s ?? length_s }];
  });
}

function time(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
