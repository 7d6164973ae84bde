/** What the cue sounds like (robustness-and-screens 3.7): short tones at times of the cue, from its plan alone. Pure. */
import type { Cue } from "../cue/cue";
import type { Plan } from "../wire.gen";

/** A tone that may glide; never as long as the 3 s from which on a mechanism to stop it would be needed (WCAG 1.4.2). */
export interface Tone {
  /** Cue time, s. */
  at_s: number;
  from_hz: number;
  to_hz: number;
  length_s: number;
  /** 0-1, beside the volume. */
  loudness: number;
}

const LOW_HZ = 330;
const HIGH_HZ = 494;
const HOLD_HZ = 196;
const TURN_HZ = 262;
const TICK_HZ = 392;
const TICK_S = 0.07;
const START_S = 0.24;
/** A tick this close behind the start of its phase says nothing new. */
const APART_S = 0.4;

/** The tones of the countdown that ends at a cue time. */
export function countdown(until_s: number, seconds: number): Tone[] {
  return Array.from({ length: seconds }, (_, n) => tick(until_s - seconds + n, TICK_HZ, 0.6));
}

/**
 * The tones from one cue time up to another, the end excluded: each phase begins with its own (extension glides up, the hold is one
 * steady low tone, flexion glides down, the turn a soft tick), and each further second of it has a tick, higher or lower as it goes.
 */
export function tones(path: Cue, tempo: Plan["tempo"], from_s: number, until_s: number): Tone[] {
  const found: Tone[] = [];
  const lengths = [tempo.extension_s, tempo.hold_s, tempo.flexion_s, tempo.turn_s];
  const first = Math.max(0, Math.floor(from_s / path.cycle_s));
  const last = path.repeats ? Math.floor(until_s / path.cycle_s) : 0;
  for (let cycle = first; cycle <= last; cycle++) {
    let at_s = cycle * path.cycle_s;
    lengths.forEach((length_s, phase) => {
      if (length_s > 0) found.push(...voiced(phase, at_s, length_s));
      at_s += length_s;
    });
  }
  return found.filter((tone) => tone.at_s >= from_s && tone.at_s < until_s);
}

function voiced(phase: number, at_s: number, length_s: number): Tone[] {
  const long_s = Math.min(START_S, length_s / 2);
  const [from_hz, to_hz] = PITCHES[phase] ?? [TURN_HZ, TURN_HZ];
  const turn = phase === 3;
  const start = turn
    ? tick(at_s, TURN_HZ, 0.5)
    : { at_s, from_hz: from_hz, to_hz: to_hz, length_s: long_s, loudness: 1 };
  const ticks: Tone[] = [];
  // With the digits: at each whole second that is left.
  for (let left_s = Math.ceil(length_s) - 1; left_s >= 1; left_s--) {
    const within_s = length_s - left_s;
    if (within_s >= APART_S)
      ticks.push(tick(at_s + within_s, from_hz * (to_hz / from_hz) ** (within_s / length_s), 0.4));
  }
  return [start, ...ticks];
}

const PITCHES: readonly (readonly [number, number])[] = [
  [LOW_HZ, HIGH_HZ],
  [HOLD_HZ, HOLD_HZ],
  [HIGH_HZ, LOW_HZ],
  [TURN_HZ, TURN_HZ],
];

function tick(at_s: number, hz: number, loudness: number): Tone {
  return { at_s, from_hz: hz, to_hz: hz, length_s: TICK_S, loudness };
}

/** What is not of the cue, with `at_s` from now on. */
export const MOTIFS = {
  /** A repetition did not count: one neutral tone. */
  uncounted: [{ at_s: 0, from_hz: 294, to_hz: 294, length_s: 0.2, loudness: 0.5 }],
  /** The sensor or the signal has gone: one double tone. */
  lost: [0, 0.22].map((at_s) => ({ at_s, from_hz: 220, to_hz: 220, length_s: 0.14, loudness: 0.8 })),
  /** The set is done: a short chord. */
  done: [262, 330, 392].map((hz, n) => ({ at_s: n * 0.06, from_hz: hz, to_hz: hz, length_s: 0.5, loudness: 0.5 })),
  /** One of the last seconds of a rest. */
  tick: [tick(0, TICK_HZ, 0.5)],
} satisfies Record<string, readonly Tone[]>;

export type Motif = keyof typeof MOTIFS;
