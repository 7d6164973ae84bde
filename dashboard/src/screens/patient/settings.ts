/**
 * How a set is shown: what the address of the screen says, and what staff chose at the screen for this session (decision 0136). Pure.
 *
 * `?feedback=full|band|after&motion=scroll|gauge&rest=90&sound=on&checkin=off`
 */

/** `full`: target and own movement; `band`: the target alone; `after`: the result of each repetition (robustness-and-screens 3.1). */
export const FEEDBACK = ["full", "band", "after"] as const;
export type Feedback = (typeof FEEDBACK)[number];
export const MOTION = ["scroll", "gauge"] as const;
export type Motion = (typeof MOTION)[number];
const REST_MOST_S = 900;

export interface Settings {
  feedback: Feedback;
  /** Null = as the computer prefers. */
  motion: Motion | null;
  /** Rest after a set, s; 0 = none. */
  rest_s: number;
  sound: boolean;
  /** The patient is asked how he is before his first set. */
  checkin: boolean;
  /** What of the address could not be used. */
  faults: readonly string[];
}

export function settingsOf(search: string): Settings {
  const faults: string[] = [];
  const given = new URLSearchParams(search);
  const one = <T extends string>(name: string, known: readonly T[]): T | null => {
    const value = given.get(name);
    const found = known.find((each) => each === value) ?? null;
    if (value !== null && found === null) faults.push(`${name}=${value}`);
    return found;
  };
  const rest = given.get("rest");
  const rest_s = rest === null ? 0 : /^\d+$/.test(rest) ? Number(rest) : Number.NaN;
  const usable = rest_s <= REST_MOST_S;
  const settings = {
    feedback: one("feedback", FEEDBACK) ?? "full",
    motion: one("motion", MOTION),
    rest_s: usable ? rest_s : 0,
    sound: one("sound", ["on", "off"]) === "on",
    checkin: one("checkin", ["on", "off"]) !== "off",
  };
  if (!usable) faults.push(`rest=${rest}`);
  return { ...settings, faults };
}
