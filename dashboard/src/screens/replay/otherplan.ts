/** Another plan for a rerun, as texts in fields: what stands in them is what is sent. Pure. */
import type { Plan } from "../../wire.gen";
import { CHOICES } from "../machine/planning";
import { typed, written } from "./rerun";

/** Its numbers, by their place in it, with their units. */
export const NUMBERS = [
  ["range.flexion_deg", "°"],
  ["range.extension_deg", "°"],
  ["tempo.extension_s", "s"],
  ["tempo.hold_s", "s"],
  ["tempo.flexion_s", "s"],
  ["tempo.turn_s", "s"],
  ["tolerance.share", ""],
  ["tolerance.least_s", "s"],
  ["tolerance.angle_deg", "°"],
  ["repetitions.least", ""],
  ["repetitions.most", ""],
  ["load_nm", "Nm"],
] as const;

/** What is one of a few. */
export const PICKS = [
  ["endpoint", CHOICES["/endpoint"]],
  ["resistance", CHOICES["/resistance"]],
  ["pacing", CHOICES["/pacing"]],
] as const;

/** Contract 3: what holds where a plan doesn't say; a test compares it with the schema. */
export const USUAL = {
  tolerance: { share: 0.15, least_s: 0.5, angle_deg: 3 },
  repetitions: { least: 12, most: 15 },
  endpoint: "failure",
  resistance: "stack",
  pacing: "fixed",
} as const;

/** By place; under "" the whole plan, for what the fields don't hold. */
export type Texts = Readonly<Record<string, string>>;

export function textsOf(plan: Plan | null): Texts {
  const texts: Record<string, string> = { "": JSON.stringify(plan ?? {}) };
  for (const [place] of [...NUMBERS, ...PICKS]) {
    const value = at(plan, place) ?? at(USUAL, place) ?? "";
    texts[place] = typeof value === "number" ? written(value) : String(value);
  }
  return texts;
}

/** The plan again; a field that was cleared, or holds no number, is sent so, and the service says what is wrong with it. */
export function planOf(texts: Texts): object {
  const plan = JSON.parse(texts[""] ?? "{}") as Record<string, unknown>;
  for (const [place] of NUMBERS) {
    const text = texts[place] ?? "";
    const value = text.trim() === "" ? null : (typed(text) ?? text);
    const [outer = "", inner] = place.split(".");
    plan[outer] = inner === undefined ? value : { ...(plan[outer] as object | undefined), [inner]: value };
  }
  for (const [place] of PICKS) plan[place] = texts[place];
  return plan;
}

function at(plan: object | null, place: string): unknown {
  return place.split(".").reduce<unknown>((part, name) => (part as Record<string, unknown> | null)?.[name], plan);
}
