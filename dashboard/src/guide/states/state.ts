/** What a state of a screen is made of: who plays, at which moment, and what befalls it. */
import type { Here } from "../../screens/pairing/asking";
import type { ScreensOf } from "../../screens/pairing/offer";
import type { SessionRecord } from "../../screens/record/record";
import type { Label } from "../../screens/set/labels";
import type { CheckIn, Keeping, PainRating } from "../../wire.gen";
import type { Refusals } from "../answers";
import type { Moments } from "../moments";
import type { Casting } from "../recording";
import type { Befall } from "../world";

export const RECORDINGS = [
  "steady",
  "hurried",
  "tires",
  "before",
  "pain",
  "breaks",
  "paused",
  "beyond",
  "free",
] as const;
export type RecordingName = (typeof RECORDINGS)[number];

export interface Role extends Casting {
  of: RecordingName;
  at: (moments: Moments) => number;
  age_ms?: number;
  befalls?: readonly Befall[];
}

export type PageName =
  | "patient"
  | "safe"
  | "pairing"
  | "wall"
  | "blind"
  | "machine"
  | "session"
  | "sessions"
  | "signIn"
  | "unreached"
  | "missing"
  | "parts"
  | "tokens";

export interface State {
  name: string;
  page: PageName;
  roles: readonly Role[];
  /** What the screen's own address asks for. */
  search?: string;
  /** So long before the moment the service goes away, s. */
  cut_s?: number;
  /** So long before the moment the page is opened, s. */
  lead_s?: number;
  refusals?: Refusals;
  labels?: readonly Label[];
  record?: Partial<SessionRecord>;
  /** What the service says of the machine's screens, one answer after the other; the last one stands. */
  screens?: readonly ScreensOf[];
  /** What is pressed at the moment, one after the other. */
  presses?: readonly string[];
  /** The page has stopped drawing. */
  shielded?: boolean;
  /** A machine's name other than the first role's; null: the address names none. */
  machine?: string | null;
  /** What the browser is to the service already. */
  here?: Here;
}

/** So long before the moment a running set is joined, s: the way back into it is over then. */
export const DEEP_S = 17;

const KEEPING: Keeping = {
  type: "keeping",
  machine: "",
  recording: true,
  code: null,
  reason: null,
  backlog: 0,
  backlog_s: null,
  eta_s: null,
  spool_share: null,
  spool_refuses: false,
  conflict: null,
  outdated: null,
  database: true,
  restarted_utc: null,
};

export function keeping(fields: Partial<Keeping>): Befall {
  return { ago_s: 3, say: { ...KEEPING, ...fields } };
}

export const offline: Befall = { ago_s: 5, say: { type: "feed", machine: "", state: "offline" } };
export const invalid: Befall = {
  ago_s: 2,
  say: { type: "invalid", machine: "", count: 3, reason: "garbage", message: "no map" },
};
/** The patient's screen is heard from no more. */
export const cutOff: Befall = { ago_s: 7, say: { type: "screen", machine: "", away: true } };
export const silent = (ago_s: number): Befall => ({ ago_s, silent: true });

export const exercising: Role = { of: "steady", at: (moments) => moments.cue(5, 1.6) };
export const idle: Role = { of: "steady", at: () => 4, idle: true };
/** In his place, before the first set. */
export const waiting: Role = { of: "steady", at: () => 4 };
export const failed: Role = { of: "tires", at: (moments) => moments.event("failure") + 0.6 };
export const ended: Role = { of: "tires", at: (moments) => moments.event("set_ended") + 3 };

const CHECKED_IN: CheckIn = { id: "c", who: "self", pain: 2, ready: true, skipped: false, age_ms: 0, seen: false };
const RATED: PainRating = {
  id: "r",
  press: null,
  pain: 8,
  where: ["leg"],
  quality: "sharp",
  age_ms: 0,
  seen: false,
};

/** The patient has said something before the set. */
export function checkedIn(fields: Partial<CheckIn>, ago_s = 3): Befall {
  return { ago_s, say: { type: "told", machine: "", pain: null, check_in: { ...CHECKED_IN, ...fields } } };
}

/** The patient has said how it hurts. */
export function rated(fields: Partial<PainRating> = {}, ago_s = 0.8): Befall {
  return { ago_s, say: { type: "told", machine: "", pain: { ...RATED, ...fields }, check_in: null } };
}
