/** A rerun: what is to be otherwise, what came of it (contract 6), and that in numbers. Pure. */
import { number } from "../../i18n/language";
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

/** What an order may hold, and what each of it is. */
const MEMBERS: ReadonlyMap<string, (value: unknown) => boolean> = new Map<keyof Order, (value: unknown) => boolean>([
  ["plan", isObject],
  ["parameters", (value) => isObject(value) && Object.values(value).every((one) => typeof one === "number")],
  ["base", (value) => BASES.some((one) => one === value)],
  ["version", (value) => typeof value === "string"],
]);

/** The order as a field of the bench's address (decision 0232), to follow the moment; empty where there is none. */
export function orderHash(order: Order | null): string {
  return order === null ? "" : `&rerun=${encodeURIComponent(JSON.stringify(order))}`;
}

/** The order that an address names; null where it names none. */
export function orderIn(hash: string): Order | "unreadable" | null {
  const text = new URLSearchParams(hash.replace(/^#/, "")).get("rerun");
  if (text === null) return null;
  try {
    const found: unknown = JSON.parse(text);
    const sound =
      isObject(found) && Object.entries(found).every(([name, value]) => MEMBERS.get(name)?.(value) === true);
    return sound ? (found as Order) : "unreadable";
  } catch {
    return "unreadable";
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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

/** Thousands grouped, or decimals: only the reader's own language says which. */
const GROUPED = /^[-+]?[1-9]\d{0,2}[.,]\d{3}$/;

/** A number typed in either language's custom; null where it is none, or could as well be another one. */
export function typed(text: string): number | null {
  const plain = text.trim();
  if (plain === "" || (GROUPED.test(plain) && !plain.includes(point()))) return null;
  const value = Number(plain.replace(",", "."));
  return Number.isFinite(value) ? value : null;
}

/** A number as it is typed: by the language's custom, with all its decimals, nothing grouped. */
export function written(value: number): string {
  return String(value).replace(".", point());
}

/** What the language puts before decimals. */
function point(): string {
  return number(0.5, 1).charAt(1);
}
