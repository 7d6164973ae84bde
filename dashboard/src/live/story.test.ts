import { describe, expect, it } from "vitest";
import { Cadence } from "./cadence";
import { Trace } from "./ring";
import { ENDED, event, MEASURES } from "./samples";
import { Story } from "./story";

describe("a session's story on the page", () => {
  it("keeps the events of one session, of the last one also after its end", () => {
    const story = new Story();
    story.follow(event("set_started", 1, { plan: null }), null);
    story.follow(event("repetition_started", 2, { repetition: 1 }), null);
    story.follow({ ...event("button_pressed", 0, { button: "pain", press: "p" }), session: null }, null);
    expect(story.events.map(({ id }) => id)).toEqual([1, 2]);
    story.follow({ ...event("set_started", 1, { plan: null }), session: "s2" }, null);
    expect([story.session, story.events.length]).toEqual(["s2", 1]);
  });

  it("lays signals on the session's time by what live events say, and not before", () => {
    const story = new Story();
    const trace = new Trace(64);
    for (let i = 0; i < 40; i++) trace.push(50_000 + 20 * i, i, 2 * i);
    story.take(trace);
    expect(story.between(0, 100)).toBeNull();
    // The first sample was at 40 s of the device's clock; one event came behind a frame that was held.
    for (const [known_s, newest_ms] of [
      [10, 50_000],
      [10.2, 50_200],
      [10.4, 51_400],
    ] as const) {
      story.follow({ ...event("set_started", 1, { plan: null }), known_s }, newest_ms);
    }
    const found = story.between(10.1, 10.4);
    expect(found?.t_s[0]).toBeCloseTo(10.12, 6);
    expect(found?.angle_deg.slice(0, 2)).toEqual([6, 9]);
    expect(found?.torque_nm.slice(0, 2)).toEqual([12, 18]);
    expect(found?.t_s.every((t_s) => t_s >= 10.1 && t_s <= 10.4)).toBe(true);
  });

  it("begins anew where the device's clock did", () => {
    const story = new Story();
    const trace = new Trace(64);
    trace.push(90_000, 1, 1);
    story.take(trace);
    trace.clear();
    trace.push(5_000, 2, 2);
    story.take(trace);
    story.follow({ ...event("set_started", 1, { plan: null }), known_s: 5 }, 5_000);
    expect(story.between(0, 1000)?.angle_deg).toEqual([2]);
  });
});

describe("cadence lost (robustness-and-screens 3.4)", () => {
  const deviated = (repetition: number) =>
    event("cadence_deviated", 1, { repetition, phase: "extension", direction: "fast", deviation_s: -1 });
  const completed = (repetition: number) =>
    event("repetition_completed", 1, { repetition, extent: "full", ...MEASURES });

  it("is two repetitions out of it running, until one is in it", () => {
    const cadence = new Cadence();
    cadence.follow(deviated(1));
    cadence.follow(completed(1));
    expect(cadence.lost).toBe(false);
    cadence.follow(deviated(2));
    expect(cadence.lost).toBe(true);
    cadence.follow(completed(2));
    expect(cadence.lost).toBe(true);
    cadence.follow(completed(3));
    expect(cadence.lost).toBe(false);
    cadence.follow(deviated(4));
    cadence.follow(completed(4));
    expect(cadence.lost).toBe(false);
    cadence.follow(deviated(5));
    cadence.follow(event("set_ended", 9, ENDED));
    expect(cadence.lost).toBe(false);
  });
});
