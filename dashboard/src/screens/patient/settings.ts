/**
 * How a set is shown: what staff chose at the screen for this session, else what the plan says, else the address of the screen
 * (decisions 0136, 0241). Pure.
 *
 * `?feedback=full|band|after&motion=scroll|gauge&rest=90&sound=on&checkin=off`
 */

import type { Display, Plan } from "../../wire.gen";

/** `full`: target and own movement; `band`: the target alone; `after`: the result of each repetition (robustness-and-screens 3.1). */
export const FEEDBACK = ["full", "band", "after"] as const;
export type Feedback = (typeof FEEDBACK)[number];
export const MOTION = ["scroll", "gauge"] as const;
export type Motion = (typeof MOTION)[number];
const REST_MOST_S = 900;

/** What was chosen at the screen; null = nothing was. */
export interface Chosen {
  feedback: Feedback | null;
  motion: Motion | null;
}

export interface Settings {
  /** By the address. */
  feedback: Feedback;
  /** By the address; null = as the computer prefers. */
  motion: Motion | null;
  /** Rest after a set by the address, s; 0 = none. */
  rest_s: number;
  chosen: Chosen;
  sound: boolean;
  /** The patient is asked how he is before his first set. */
  checkin: boolean;
  /** What of the address could not be used. */
  faults: readonly string[];
}

export function settingsOf(search: string): Settings {
  const faults: string[] = [];
  const given = new URLSearchParams(search);
  const one = <T extends string>(name: string, words: readonly T[]): T | null => {
    const value = given.get(name);
    const found = known(words, value);
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
    chosen: { feedback: null, motion: null },
  };
  if (!usable) faults.push(`rest=${rest}`);
  return { ...settings, faults };
}

/** How it is shown now. */
export interface Shown {
  feedback: Feedback;
  motion: Motion;
  rest_s: number;
}

/**
 * By the settings and the plan; `repetition` = the one that comes next or is under way, `still` = the computer prefers less motion.
 *
 * What a newer service may name is shown as if nothing was said.
 */
export function shownBy(settings: Settings, plan: Plan | null, repetition: number, still: boolean): Shown {
  const { chosen } = settings;
  const display = plan?.display;
  return {
    feedback: chosen.feedback ?? plannedAt(display, repetition) ?? settings.feedback,
    motion: chosen.motion ?? known(MOTION, display?.motion) ?? settings.motion ?? (still ? "gauge" : "scroll"),
    rest_s: display?.rest_s ?? settings.rest_s,
  };
}

function plannedAt(display: Display | undefined, repetition: number): Feedback | null {
  if (display === undefined || repetition >= display.from_repetition) return known(FEEDBACK, display?.feedback);
  return "full";
}

function known<T extends string>(words: readonly T[], given: string | null | undefined): T | null {
  return words.find((each) => each === given) ?? null;
}
