import { describe, expect, it } from "vitest";
import { ALPHABET, halves, LENGTH, pasted, typed } from "./code";

describe("decision 0176: a code is typed", () => {
  it("letter by letter, however they are written, and no further than it goes", () => {
    const keys = ["k", "7", "Shift", "m", " ", "-", "é", "3", "p", "x", "9"];
    expect(keys.reduce(typed, "")).toBe("K7M3PX");
    expect(typed("K7M3PX", "9")).toBe("K7M3PX");
  });

  it("a letter that no code has is taken for the one that it looks like, or for none", () => {
    expect(pasted("SBZG")).toBe("5826");
    expect(pasted("O0I1LUAEQ")).toBe("");
  });

  it("back by one, or to the beginning", () => {
    expect(typed("K7", "Backspace")).toBe("K");
    expect(typed("", "Backspace")).toBe("");
    expect(typed("K7M", "Delete")).toBe("");
  });

  it("is shown in halves", () => {
    expect(halves("K7M3PX")).toBe("K7M 3PX");
    expect(pasted(halves(ALPHABET.slice(0, LENGTH)))).toBe(ALPHABET.slice(0, LENGTH));
  });
});
