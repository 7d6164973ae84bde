import { describe, expect, it } from "vitest";
import { Cue } from "../cue/cue";
import { PLAN } from "../live/samples";
import { AHEAD_MS, type Led, Pacer, TIMER_MS, type Voice } from "./pacer";
import type { Tone } from "./score";
import { tones } from "./score";

const path = new Cue(PLAN);

class Heard implements Voice {
  tones: { tone: Tone; at_ms: number; asked_ms: number }[] = [];
  silenced = 0;
  now_ms = 0;
  play(tone: Tone, at_ms: number): void {
    this.tones.push({ tone, at_ms, asked_ms: this.now_ms });
  }
  silence(): void {
    this.silenced += 1;
  }
}

/** The cue's origin is at 10 s of the page; samples come until `good_ms`. */
function led(now_ms: number, good_ms = Number.POSITIVE_INFINITY, from_s = 0): Led {
  const since_s = (now_ms - 10_000) / 1000;
  return { path, tempo: PLAN.tempo, origin_ns: 1, since_s, from_s, until_ms: Math.min(now_ms, good_ms) + 500 };
}

function run(from_ms: number, to_ms: number, at: (now_ms: number) => Led | null, every = () => TIMER_MS): Heard {
  const pacer = new Pacer();
  const heard = new Heard();
  for (let now_ms = from_ms; now_ms < to_ms; now_ms += every()) {
    heard.now_ms = now_ms;
    pacer.pace(at(now_ms), now_ms, heard);
  }
  return heard;
}

describe("robustness-and-screens 3.7: the score", () => {
  it("gives each phase a sound of its own: up, level, down, and a soft tick", () => {
    const starts = [0, 4, 6, 9].map((at_s) => tones(path, PLAN.tempo, at_s, at_s + 0.1)[0]);
    expect(starts.map((tone) => Math.sign((tone?.to_hz ?? 0) - (tone?.from_hz ?? 0)))).toEqual([1, 0, -1, 0]);
    expect(starts[1]?.from_hz).toBeLessThan(starts[0]?.from_hz ?? 0);
    expect(starts[3]?.loudness).toBeLessThan(starts[0]?.loudness ?? 0);
  });

  it("ticks with the digits, cycle after cycle, and no tone is long", () => {
    const all = tones(path, PLAN.tempo, 0, 20);
    const times = all.map(({ at_s }) => at_s).sort((a, b) => a - b);
    expect(times).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    for (const { length_s } of all) expect(length_s).toBeLessThan(0.3);
  });

  it("leaves out phases of no length, and cycles that do not come", () => {
    const tempo = { ...PLAN.tempo, hold_s: 0 };
    expect(tones(new Cue({ ...PLAN, tempo }), tempo, 3.5, 4.5)).toHaveLength(1);
    expect(tones(new Cue({ ...PLAN, pacing: "follow" }), PLAN.tempo, 10, 30)).toEqual([]);
  });
});

describe("H05, H10: pacing on the audio clock, a little ahead", () => {
  it("schedules each tone once, at its own time, ahead of it", () => {
    const { tones: heard } = run(6500, 20_000, led);
    const at_s = heard.map(({ at_ms }) => at_ms / 1000 - 10);
    expect(at_s.slice(0, 8).map((at) => Math.round(at * 1000))).toEqual([
      -3000, -2000, -1000, 0, 1000, 2000, 3000, 4000,
    ]);
    expect(new Set(at_s.map((at) => Math.round(at * 1000))).size).toBe(at_s.length);
    for (const { at_ms, asked_ms } of heard) {
      expect(at_ms - asked_ms).toBeGreaterThan(AHEAD_MS - 2 * TIMER_MS);
      expect(at_ms - asked_ms).toBeLessThanOrEqual(AHEAD_MS);
    }
  });

  it("a timer that stutters within the look-ahead changes nothing", () => {
    let n = 0;
    const uneven = run(6500, 20_000, led, () => [5, 80, 25, 60, 90, 10][n++ % 6] ?? 25);
    const times = (heard: Heard) => heard.tones.map(({ at_ms }) => Math.round(at_ms));
    expect(times(uneven)).toEqual(times(run(6500, 20_000, led)));
  });

  it("says nothing beyond 500 ms after the last good sample, and falls silent", () => {
    const heard = run(6500, 20_000, (now_ms) => led(now_ms, 12_100));
    expect(Math.max(...heard.tones.map(({ at_ms }) => at_ms))).toBe(12_000);
    expect(heard.silenced).toBe(1);
  });

  it("is silent without a cue, and on the way back until its countdown", () => {
    const heard = run(10_500, 25_000, (now_ms) => (now_ms < 17_000 ? null : led(now_ms, undefined, 10)));
    expect(heard.tones[0]?.at_ms).toBe(17_000);
    expect(heard.tones[3]?.tone.length_s, "the start of the extension").toBeGreaterThan(0.2);
  });

  it("leaves out what is too late rather than beat wrong", () => {
    const heard = run(10_500, 11_900, led);
    expect(heard.tones.map(({ at_ms }) => at_ms)).toEqual([11_000]);
  });
});
