import { afterEach, describe, expect, it, vi } from "vitest";
import { browser } from "../live/browser";
import { everyFrame, Pace } from "./loop";

const FRAME_MS = 1000 / 60;

describe("what needs fewer than 60 draws a second", () => {
  const frames = (paces: readonly Pace[], from: number, to: number) =>
    Array.from({ length: to - from }, (_, k) => paces.map((pace) => pace.due((from + k) * FRAME_MS)));

  it("is due once an interval, at any phase", () => {
    for (const early_ms of [0, 3, 8, 16]) {
      const pace = new Pace(50);
      const due = Array.from({ length: 60 }, (_, k) => pace.due(early_ms + k * FRAME_MS));
      expect(due.filter(Boolean)).toHaveLength(20);
    }
  });

  it("takes turns with others, also after the page stood still", () => {
    const paces = [0, 1, 2, 3, 4, 5].map((turn) => new Pace(50, turn));
    const fair = (drawn: boolean[][]) => drawn.every((frame) => frame.filter(Boolean).length === 2);
    expect(fair(frames(paces, 0, 60))).toBe(true);
    frames(paces, 100, 106);
    expect(fair(frames(paces, 106, 160))).toBe(true);
  });
});

describe("a repaint", () => {
  afterEach(() => vi.restoreAllMocks());

  /** Two drawers: the first writes down what it is asked, the second takes `held_ms` the first time. */
  const repainted = (held_ms: number) => {
    let now = 1000;
    let next = () => {};
    vi.spyOn(browser, "now").mockImplementation(() => now);
    vi.spyOn(browser, "repaint").mockImplementation((step) => {
      next = step;
    });
    const asked: [number, number][] = [];
    const ends = [
      everyFrame((local_ms, still_ms) => void asked.push([local_ms, still_ms])),
      everyFrame(() => {
        now += held_ms;
        held_ms = 0;
      }),
    ];
    now += FRAME_MS;
    next();
    for (const end of ends) end();
    next();
    return asked.map(([local_ms, still_ms]) => [Math.round(local_ms), Math.round(still_ms)]);
  };

  it("tells each drawer the time, and how long the picture stood still", () => {
    expect(repainted(400)).toEqual([[1017, 17]]);
  });

  it("that was held up in its middle is drawn anew before anybody sees it (F17)", () => {
    expect(repainted(4000)).toEqual([
      [1017, 17],
      [5017, 4000],
    ]);
  });
});
