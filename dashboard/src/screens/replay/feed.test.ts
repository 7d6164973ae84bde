import { describe, expect, it } from "vitest";
import type { Coverage } from "../record/record";
import { feedAt, feeds, interruptions } from "./feed";

const live = (from_s: number, to_s: number): Coverage => ({ kind: "live", from_s, to_s });

describe("contract 5, issue 6 point 1: the feed as the screens showed it", () => {
  const coverage = [
    live(0, 10),
    { kind: "backfilled" as const, from_s: 10, to_s: 20 },
    live(20, 30),
    { kind: "gap" as const, from_s: 30, to_s: 30.2 },
    live(30.2, 40),
  ];
  const found = feeds(coverage, 40, 0.01);

  it("goes by the age of the newest sample that had come live: 250 ms, 1 s, 5 s", () => {
    expect(found.map(({ kind }) => kind)).toEqual(["live", "late", "stale", "lost", "live"]);
    expect(found.map(({ from_s }) => Math.round(from_s * 1e6) / 1e6)).toEqual([0, 10.24, 10.99, 14.99, 20]);
    expect(found.at(-1)?.to_s).toBe(40);
  });

  it("leaves nothing out, and says of every moment which one it was", () => {
    expect(found.slice(1).every(({ from_s }, n) => from_s === found[n]?.to_s)).toBe(true);
    expect([-1, 0, 12, 40].map((at_s) => feedAt(found, at_s))).toEqual([null, "live", "stale", "live"]);
  });

  it("counts an interruption once, by the worst of it", () => {
    expect(interruptions(found)).toEqual([{ kind: "lost", from_s: found[1]?.from_s, to_s: 20 }]);
  });

  it("goes on to the end of the session, where what came last came later", () => {
    expect(
      feeds([live(0, 10), { kind: "backfilled", from_s: 10, to_s: 12 }], 12, 0.01).map(({ kind }) => kind),
    ).toEqual(["live", "late", "stale"]);
  });

  it("does not make up what nobody has recorded", () => {
    expect(feeds(null, 40, 0.01)).toEqual([{ kind: "unknown", from_s: 0, to_s: 40 }]);
    expect(feeds([{ kind: "gap", from_s: 0, to_s: 2 }, live(2, 4)], 4, 0.01).map(({ kind }) => kind)).toEqual([
      "unknown",
      "live",
    ]);
    expect(feeds(null, 0, 0)).toEqual([]);
  });
});
