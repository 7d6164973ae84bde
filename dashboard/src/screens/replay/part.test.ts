import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { followed, lastAt, REST_MS, Rest, SHOWN, within } from "./part";

describe("issue 6, point 2: a list of thousands of events beside the picture", () => {
  it("finds the event at the playhead, of several at one time the last", () => {
    const items = [1, 2, 2, 5].map((at_s) => ({ at_s }));
    expect([0, 1, 1.9, 2, 4.9, 5, 99].map((at_s) => lastAt(items, at_s))).toEqual([-1, 0, 0, 2, 2, 3, 3]);
    expect(lastAt([], 1)).toBe(-1);
  });

  it("shows those around the playhead, and moves only when it comes near the edge", () => {
    const first = followed(0, 500, 1204);
    expect([first < 500 - 10, first + SHOWN > 500 + 10]).toEqual([true, true]);
    expect(followed(first, 510, 1204)).toBe(first);
    expect(followed(first, first + SHOWN - 1, 1204)).toBe(first + SHOWN - 1 - SHOWN / 2);
    for (const place of [-1, 0, 7, 499, 1200, 1203]) {
      const moved = followed(first, place, 1204);
      expect(moved).toBe(within(moved, 1204));
      expect(Math.max(place, 0)).toBeGreaterThanOrEqual(moved);
      expect(place).toBeLessThan(moved + SHOWN);
    }
  });

  it("shows a short list whole", () => {
    expect([followed(0, 60, 70), followed(0, -1, 0), within(30, 70)]).toEqual([0, 0, 0]);
  });
});

describe("what follows the playhead", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("waits for a hand to rest, and is done once", () => {
    const act = vi.fn();
    const rest = new Rest(act);
    for (let frame = 0; frame < 120; frame++) {
      rest.moved(false);
      vi.advanceTimersByTime(16);
    }
    expect(act).not.toHaveBeenCalled();
    vi.advanceTimersByTime(REST_MS);
    expect(act).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1000);
    expect(act).toHaveBeenCalledTimes(1);
  });

  it("goes along with what plays, and ends with the page", () => {
    const act = vi.fn();
    const rest = new Rest(act);
    for (let frame = 0; frame < 100; frame++) {
      rest.moved(true);
      vi.advanceTimersByTime(16);
    }
    expect(act.mock.calls.length).toBeGreaterThanOrEqual(9);
    expect(act.mock.calls.length).toBeLessThanOrEqual(11);
    rest.moved(true);
    rest.close();
    act.mockClear();
    vi.advanceTimersByTime(1000);
    expect(act).not.toHaveBeenCalled();
  });
});
