import { describe, expect, it } from "vitest";
import { followed, type Offered, type PairedScreen } from "./offer";

const OFFERED: Offered = { machine: "a/b", code: "K7M3PX", until_ms: 300_000, before: ["old"], stage: "shown" };

function screen(id: string): PairedScreen {
  return { id, paired_utc: "2026-01-15T09:33:00Z", watching: false };
}

describe("decision 0176: an offered code", () => {
  it("is shown as long as it counts", () => {
    expect(followed(OFFERED, { screens: [screen("old")], code_left_s: 12 })).toBe(OFFERED);
  });

  it("was used when another screen is there", () => {
    expect(followed(OFFERED, { screens: [screen("old"), screen("new")], code_left_s: null }).stage).toBe("paired");
    expect(followed(OFFERED, { screens: [screen("new")], code_left_s: null }).stage).toBe("paired");
  });

  it("is over when the service knows it no longer, though its time is not", () => {
    const over = followed(OFFERED, { screens: [screen("old")], code_left_s: null });
    expect(over.stage).toBe("over");
    expect(followed(over, { screens: [screen("old"), screen("new")], code_left_s: null })).toBe(over);
  });
});
