/** A rerun: what is to be otherwise, what came of it (contract 6), and that in numbers. Pure. */
import type { Plan } from "../../wire.gen";
import type { AnyEvent } from "../record/record";
import type { KindCount } from "./Kinds";

export interface Parameter {
  name: string;
  value: number;
  unit: string;
  source: string;
  /** Of a session, whose `value` is what it is analysed with: this version's value, and whether the recording keeps one. */
  default?: number;
  recorded?: boolean;
}

/** What a rerun starts from: the parameters that were recorded, or this version's (decision 0206). */
export type Base = "recorded" | "defaults";
export const BASES: readonly Base[] = ["recorded", "defaults"];

/** The value that holds where none is given; null where that is the recording's, and not known here. */
export function startOf({ value, default: own }: Parameter, base: Base): number | null {
  if (base === "defaults") return own ?? value;
  return own === undefined ? null : value;
}

/** This version has another value than the recording. */
export function differs({ value, default: own }: Parameter): boolean {
  return own !== undefined && own !== value;
}

/** How many parameters are others than this version's, how many the recording lacks; `none`: it keeps none at all. */
export function apart(known: readonly Parameter[]): { other: number; lacking: number; none: boolean } {
  const lacking = known.filter(({ recorded }) => recorded === false).length;
  return { other: known.filter(differs).length, lacking, none: lacking > 0 && lacking === known.length };
}

export interface Order {
  plan?: Plan;
  parameters?: Record<string, number>;
  base?: Base;
  /** Another installed version, which judges by its own parameters and the recording's plan (decision 0188). */
  version?: string;
}

/** A version that sessions can be analysed again with; `here`: the service's own. */
export interface Version {
  name: string;
  here: boolean;
}

export interface Change {
  before: AnyEvent;
  after: AnyEvent;
  fields: string[];
}

export interface Rerun {
  only_before: AnyEvent[];
  only_after: AnyEvent[];
  changed: Change[];
  /** Of so many statements of therapists how many were right before, and after; left out where there are none (decision 0209). */
  labels?: Judged;
  /** What is wrong with the recording, the rest of which was compared (decision 0201). */
  damage?: string;
}

export interface Judged {
  before: number;
  after: number;
  of: number;
}

export type Way = "before" | "after" | "changed";

/** One line of the difference. */
export interface Line {
  way: Way;
  at_s: number;
  event: AnyEvent;
  /** What differs, of a changed event. */
  fields: readonly { name: string; before: unknown; after: unknown }[];
}

/** All of it in order of time. */
export function lines({ only_before, only_after, changed }: Rerun): Line[] {
  const all: Line[] = [
    ...only_before.map((event): Line => ({ way: "before", at_s: event.at_s, event, fields: [] })),
    ...only_after.map((event): Line => ({ way: "after", at_s: event.at_s, event, fields: [] })),
    ...changed.map(
      ({ before, after, fields }): Line => ({
        way: "changed",
        at_s: after.at_s,
        event: after,
        fields: fields.map((name) => ({ name, before: before[name], after: after[name] })),
      }),
    ),
  ];
  return all.sort((a, b) => a.at_s - b.at_s);
}

/** How many of each kind went, came, changed. */
export function counts(rerun: Rerun): KindCount[] {
  const found = new Map<string, KindCount>();
  for (const { way, event } of lines(rerun)) {
    const row = found.get(event.kind) ?? { kind: event.kind, before: 0, after: 0, changed: 0 };
    row[way] += 1;
    found.set(event.kind, row);
  }
  return [...found.values()].sort((a, b) => b.before + b.after - (a.before + a.after) || b.changed - a.changed);
}

/** What differs only in when it happened, by less than this, is told apart from what says something else. */
const TIMES = /(^|_)s$/;

/** True where numbers moved a little, and the event says the same. */
export function slight({ way, fields }: Line): boolean {
  return (
    way === "changed" &&
    fields.every(({ name, before, after }) => {
      if (typeof before !== "number" || typeof after !== "number" || name === "repetition" || name === "set")
        return false;
      return TIMES.test(name) ? Math.abs(after - before) < 0.05 : Math.abs(after - before) <= 0.01 * Math.abs(before);
    })
  );
}

/** A number typed in either language's custom; null where it is none. */
export function typed(text: string): number | null {
  const plain = text.trim().replace(",", ".");
  const value = plain === "" ? Number.NaN : Number(plain);
  return Number.isFinite(value) ? value : null;
}
