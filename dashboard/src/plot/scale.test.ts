import { describe, expect, it } from "vitest";
import { rangeOf, scale, ticks, timeTicks } from "./scale";

describe("a plot's axes", () => {
  it("places values, also on an axis that falls", () => {
    expect(scale(0, 60, 10, 130)(30)).toBe(70);
    expect(scale(0, 60, 130, 10)(0)).toBe(130);
    expect(scale(5, 5, 10, 20)(5)).toBe(10);
  });

  it("names round values, no more than there is room for", () => {
    expect(ticks(-3, 63, 5)).toEqual([0, 20, 40, 60]);
    expect(ticks(0, 1, 4)).toEqual([0, 0.5, 1]);
    expect(ticks(95, 241, 3)).toEqual([100, 150, 200]);
    expect(ticks(4, 4, 5)).toEqual([]);
    expect(timeTicks(0, 185, 8)).toEqual([0, 30, 60, 90, 120, 150, 180]);
    expect(timeTicks(-20, 4, 6)).toEqual([-20, -15, -10, -5, 0]);
  });

  it("leaves room around the values, and is of a least width", () => {
    expect(rangeOf([10, 60], 10, 0.1)).toEqual([5, 65]);
    expect(rangeOf([30], 20)).toEqual([20, 40]);
    expect(rangeOf([], 20)).toBeNull();
  });
});
