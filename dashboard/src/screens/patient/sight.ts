/**
 * When a patient may be led by the cue. The one rule for whatever leads: what is drawn, and what is sounded (H05, H06).
 *
 * Led is who sees the cue go on without a break: the angle sound (no sample older than 500 ms, no fault of it standing) and the
 * picture drawn anew. After any break, a reload of the page included, the cue stays away until a cycle begins that is at least a
 * countdown ahead: never into the middle of a repetition (contract 5).
 */
import { FREEZE_MS } from "../../live/freshness";
import type { Machine } from "../../live/machine";

export const COUNTDOWN_S = 3;
/** The word of a new cue may take so long to get here; the rest of its countdown is still one. */
const ON_ITS_WAY_S = 0.5;

export interface Lead {
  /** The angle may be shown as where the patient is. */
  sound: boolean;
  /** Cue time now, s since its origin; null without a cue. */
  since_s: number | null;
  /** Cue time from which on the patient may be led; null = not at all. */
  from_s: number | null;
  /** Nothing may be sounded for a time of this page beyond this: sound is scheduled ahead, and the last good sample bounds it. */
  until_ms: number;
}

export class Sight {
  private origin_ns: number | null = null;
  private from_s: number | null = null;

  /** Asked before every repaint; `still_ms` = how long the picture stood still before this one. */
  lead(machine: Machine, local_ms: number, still_ms: number): Lead {
    const sound = machine.sound(local_ms);
    const since_s = machine.cue.running ? machine.sinceOrigin(local_ms) : null;
    const origin_ns = since_s === null ? null : machine.cue.origin_ns;
    const cycle_s = machine.path?.cycle_s ?? 1;
    if (origin_ns !== this.origin_ns || !sound || still_ms > FREEZE_MS) this.from_s = null;
    this.origin_ns = origin_ns;
    if (sound && since_s !== null) this.from_s ??= entryAfter(since_s, cycle_s);
    const until_ms = local_ms - (machine.angleAge(local_ms) ?? Number.POSITIVE_INFINITY) + FREEZE_MS;
    return { sound, since_s, from_s: this.from_s, until_ms: sound ? until_ms : Number.NEGATIVE_INFINITY };
  }
}

/** The start of the first cycle that a whole countdown still leads up to. */
function entryAfter(since_s: number, cycle_s: number): number {
  if (since_s <= ON_ITS_WAY_S - COUNTDOWN_S) return 0;
  return Math.ceil((since_s + COUNTDOWN_S) / cycle_s) * cycle_s;
}
