/** What therapists say of a session (decision 0140), and how it is told to the service. */
import type { Key } from "../../i18n/en";
import { known, t } from "../../i18n/language";
import { browser } from "../../live/browser";
import { uuid } from "../patient/telling";

export type Finding = "failure" | "abrupt_stop" | "halted" | "end_stop" | "assisted" | "momentum" | "none";
export type Scale = "pain" | "effort" | "discomfort";

export const FINDINGS: readonly Finding[] = [
  "failure",
  "abrupt_stop",
  "halted",
  "end_stop",
  "assisted",
  "momentum",
  "none",
];
export const SCALES: readonly Scale[] = ["pain", "effort", "discomfort"];

export interface Said {
  id: string;
  kind: "finding" | "void" | "note" | "rating";
  set?: number;
  repetition?: number;
  at_s?: number;
  finding?: Finding;
  found?: string;
  scale?: Scale;
  value?: number;
  text?: string;
}

export interface Label extends Said {
  made_utc: string;
  by: string;
  /** When the repetition was that it is about, s; left out where no recorded result tells (decision 0203). */
  from_s?: number;
  to_s?: number;
}

/** A repetition as it is shown: its number there, and when it was, s, as far as that is known. */
export interface Place {
  set: number;
  repetition: number;
  from_s: number | null;
  to_s: number | null;
}

const PATIENCE_MS = 5000;

/** Why something was not done: a text to show. */
export class Refused extends Error {}

/** What a problem of the interface means to staff (docs/problems.md); `machine` = the one that it names. */
export function problemWords(type: string, detail: string, machine = ""): string {
  const key = `problem.${type.replace("/problems/", "")}`;
  return known(key) ? t(key as Key, { machine }) : detail;
}

/** Asks the service; throws Refused with what to show. */
export async function ask(method: string, path: string, body?: object): Promise<Response> {
  const answer = await browser
    .ask(path, {
      method,
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    .catch(() => null);
  if (answer === null) throw new Refused(t("problem.unreached"));
  if (answer.ok) return answer;
  const problem = (await answer.json().catch(() => ({}))) as {
    type?: string;
    detail?: string;
    title?: string;
    machine?: string;
  };
  const { type = "", detail, title, machine } = problem;
  throw new Refused(problemWords(type, detail ?? title ?? String(answer.status), machine));
}

const pathOf = (session: string) => `/api/v1/sessions/${encodeURIComponent(session)}/labels`;

/** Says it; the session's labels then. `said.id` makes it once, however often it is sent. */
export async function say(session: string, said: Said): Promise<Label[]> {
  return (await (await ask("POST", pathOf(session), said)).json()) as Label[];
}

export async function withdraw(session: string, id: string): Promise<Label[]> {
  return (await (await ask("DELETE", `${pathOf(session)}/${id}`)).json()) as Label[];
}

/** A new label, not said yet. */
export function labelled(fields: Omit<Said, "id">): Said {
  return { id: uuid(), ...fields };
}

/** What was said last of a repetition, with its kind; null where nothing was. */
export function lastOf(labels: readonly Label[], kind: "finding" | "void", place: Place): Label | null {
  return labels.filter((one) => one.kind === kind && isAbout(one, place)).at(-1) ?? null;
}

/**
 * Whether a label is about a repetition: by time where both are known, as live and final results may number it differently (decision
 * 0203), and the one under way has no end yet; else by its number.
 */
export function isAbout(label: Label, place: Place): boolean {
  const { from_s, to_s } = label;
  if (from_s === undefined || to_s === undefined || place.from_s === null)
    return label.set === place.set && label.repetition === place.repetition;
  const end_s = place.to_s ?? Number.POSITIVE_INFINITY;
  const middle_s = (from_s + to_s) / 2;
  const its_s = (place.from_s + (place.to_s ?? place.from_s)) / 2;
  return (place.from_s <= middle_s && middle_s <= end_s) || (from_s <= its_s && its_s <= to_s);
}

/** The newest rating of a set on a scale. */
export function ratingOf(labels: readonly Label[], set: number, scale: Scale): Label | null {
  return labels.filter((one) => one.kind === "rating" && one.set === set && one.scale === scale).at(-1) ?? null;
}
