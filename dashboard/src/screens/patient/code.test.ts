import { describe, expect, it } from "vitest";
import { cellsOf } from "./code";

const text = (t_ms: number) =>
  cellsOf(t_ms)
    .map((lit) => (lit ? "#" : "."))
    .join("");

// The same examples as in tests/benchmarks/test_pixel.py, which reads them.
describe("robustness-and-screens 3.9.4: the code of a picture", () => {
  it.each([
    [0, "............#.#."],
    [1234, ".#..##.#..#....#"],
    [4095, "############.#.#"],
    [4096 * 25_000 + 1234, ".#..##.#..#....#"],
  ])("%d ms is %s", (t_ms, cells) => {
    expect(text(t_ms)).toBe(cells);
  });
});
