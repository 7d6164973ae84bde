/**
 * When a patient may be led by the cue. The one rule for whatever leads: what is drawn, and what is sounded (H05, H06).
 *
 * Led is who sees the cue go on without a break: the angle sound (no sample older than 500 ms, no fault of it standing), the picture
 * drawn anew, the plan and its cue the same, the clock that the cue goes by not set. After any break, a reload of the page included, the
 * cue stays away until a cycle begins that is at least a countdown ahead, with the patient in the start zone when it does: never into the
 * middle of a repetition (contract 5, robustness-and-screens 3.6).
 */
import type { Cue } from "../../cue/cue";
import { FREEZE_MS } from "../../live/freshness";
import type { Machine } from "../../live/machine";
import { inStartZone } from "./zone";

export const COUNTDOWN_S = 3;
/** The word of a new cue may take so long to get here; the rest of its countdown is still one. */
const ON_ITS_WAY_S = 0.5;
/** Robustness-and-screens 3.6: so long in the start zone, no longer ago than that, when the cue begins. */
const SEATED_MS = 1000;
/** Under `follow` the patient begins; the word of it comes when he is a quarter of the way up. */
const BEGUN_MS = 3000;
/** Detection 5: a signal this old for a second is called slow; the pacing goes on by time. */
const SLOW_MS = 150;
const SLOW_FOR_MS = 1000;

export interface Lead {
  /** The angle may be shown as where the patient is. */
  sound: boolean;
  /** The newest sample has been more than 150 ms old for a second. */
  slow: boolean;
  /** In the start zone now. */
  seated: boolean;
  /** Cue time now, s since its origin; null without a cue. */
  since_s: number | null;
  /** Cue time from which on the patient may be led; null = not at all, infinite = not by this origin. */
  from_s: number | null;
  /** Nothing may be sounded for a time of this page beyond this: sound is scheduled ahead, and the last good sample bounds it. */
  until_ms: number;
}

export class Sight {
  private path: Cue | null = null;
  private origin_ns: number | null = null;
  private steps = 0;
  private from_s: number | null = null;
  /** The cue has begun at `from_s` with the patient in his place. */
  private admitted = false;
  /** When the patient was last out of the start zone, and when he was last settled in it, on this page's clock. */
  private out_ms = Number.NEGATIVE_INFINITY;
  private settled_ms = Number.NEGATIVE_INFINITY;
  private quick_ms = Number.POSITIVE_INFINITY;

  /** Asked before every repaint; `still_ms` = how long the picture stood still before this one. */
  lead(machine: Machine, local_ms: number, still_ms: number): Lead {
    const sound = machine.sound(local_ms);
    const age_ms = machine.angleAge(local_ms) ?? Number.POSITIVE_INFINITY;
    const since_s = machine.cue.running ? machine.sinceOrigin(local_ms) : null;
    const seated = this.sit(machine, local_ms, sound);
    const origin_ns = since_s === null ? null : machine.cue.origin_ns;
    const { path, clock } = machine;
    if (origin_ns !== this.origin_ns) this.turnTo(machine, origin_ns, local_ms);
    if (path !== this.path || clock.steps !== this.steps || !sound || still_ms > FREEZE_MS) this.breakOff();
    this.path = path;
    this.origin_ns = origin_ns;
    this.steps = clock.steps;
    if (sound && since_s !== null) this.admit(machine, since_s, local_ms);
    if (age_ms <= SLOW_MS || this.quick_ms > local_ms) this.quick_ms = local_ms;
    return {
      sound,
      slow: local_ms - this.quick_ms > SLOW_FOR_MS,
      seated,
      since_s,
      from_s: this.from_s,
      until_ms: sound ? local_ms - age_ms + FREEZE_MS : Number.NEGATIVE_INFINITY,
    };
  }

  /** The patient is no longer led: the way back is by the start zone and a countdown. */
  breakOff(): void {
    this.from_s = null;
    this.admitted = false;
  }

  private sit(machine: Machine, local_ms: number, sound: boolean): boolean {
    const { plan, angle_deg } = machine;
    if (!sound || plan === null || angle_deg === null) return false;
    const seated = inStartZone(plan, angle_deg);
    if (!seated) this.out_ms = local_ms;
    else if (local_ms - this.out_ms >= SEATED_MS) this.settled_ms = local_ms;
    return seated;
  }

  /** The cue has another origin. Under `follow` that is the patient's own onset, and whoever was in his place goes on with it. */
  private turnTo(machine: Machine, origin_ns: number | null, local_ms: number): void {
    const before_ns = this.origin_ns;
    const begun = machine.plan?.pacing === "follow" && origin_ns !== null && local_ms - this.settled_ms < BEGUN_MS;
    if (begun && before_ns !== null && origin_ns > before_ns) {
      this.from_s = 0;
      this.admitted = true;
    } else {
      this.breakOff();
    }
  }

  private admit(machine: Machine, since_s: number, local_ms: number): void {
    this.from_s ??= entryAfter(machine, since_s);
    if (this.admitted || since_s < this.from_s) return;
    this.admitted = local_ms - this.settled_ms <= SEATED_MS;
    if (!this.admitted) this.from_s = entryAfter(machine, since_s);
  }
}

/** The start of the first cycle that a whole countdown still leads up to. */
function entryAfter({ path, plan }: Machine, since_s: number): number {
  if (since_s <= ON_ITS_WAY_S - COUNTDOWN_S) return 0;
  if (plan?.pacing === "follow") return Number.POSITIVE_INFINITY;
  const cycle_s = path?.cycle_s ?? 1;
  return Math.ceil((since_s + COUNTDOWN_S) / cycle_s) * cycle_s;
}
