/**
 * Schedules the cue's tones a little ahead of their time, each once (robustness-and-screens 3.7). Pure: it is asked by a timer, and
 * looks at the time alone; a timer that comes late costs nothing while it comes within the look-ahead.
 *
 * Nothing is scheduled beyond `until_ms`, when the cue freezes for want of a good sample (H05): what a hanging page leaves behind ends there.
 */
import type { Cue } from "../cue/cue";
import type { Plan } from "../wire.gen";
import { countdown, type Tone, tones } from "./score";

export const TIMER_MS = 25;
export const AHEAD_MS = 100;
/** A tone this late is left out: a wrong beat is worse than none. */
const LATE_MS = 60;
const COUNTDOWN_S = 3;

export interface Voice {
  /** Sounds a tone at a time of this page, ms, until another at most. */
  play(tone: Tone, at_ms: number, until_ms: number): void;
  /** Takes back what has not begun, and ends what sounds. */
  silence(): void;
}

/** The cue, as far as it leads now. */
export interface Led {
  path: Cue;
  tempo: Plan["tempo"];
  origin_ns: number;
  /** Cue time now, and from which on the patient is led, s. */
  since_s: number;
  from_s: number;
  until_ms: number;
}

export class Pacer {
  private led: Led | null = null;
  /** Up to this cue time everything was scheduled. */
  private upto_s = 0;

  pace(led: Led | null, now_ms: number, voice: Voice): void {
    const before = this.led;
    this.led = led !== null && now_ms < led.until_ms ? led : null;
    if (this.led === null) {
      if (before !== null) voice.silence();
      return;
    }
    const { path, tempo, origin_ns, since_s, from_s, until_ms } = this.led;
    const same = before !== null && before.origin_ns === origin_ns && before.from_s === from_s && before.path === path;
    if (!same) {
      if (before !== null) voice.silence();
      this.upto_s = since_s - LATE_MS / 1000;
    }
    const ahead_s = since_s + AHEAD_MS / 1000;
    if (ahead_s <= this.upto_s) return;
    const due = [...countdown(from_s, COUNTDOWN_S), ...tones(path, tempo, Math.max(from_s, this.upto_s), ahead_s)];
    for (const tone of due) {
      const at_ms = now_ms + (tone.at_s - since_s) * 1000;
      const new_here = tone.at_s >= this.upto_s && tone.at_s < ahead_s;
      if (new_here && at_ms >= now_ms - LATE_MS && at_ms < until_ms) voice.play(tone, at_ms, until_ms);
    }
    this.upto_s = ahead_s;
  }
}
