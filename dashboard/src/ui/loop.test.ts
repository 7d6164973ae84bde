import { describe, expect, it } from "vitest";
import { Pace } from "./loop";

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
