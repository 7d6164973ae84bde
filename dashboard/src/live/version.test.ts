import { describe, expect, it } from "vitest";
import type { Plan } from "../wire.gen";
import { PLAN } from "./samples";
import { versionOf } from "./version";

describe("H15, decision 0244: the version of a plan", () => {
  it("is the same for the same plan, whatever order its fields came in and whatever session it is of", () => {
    const turned = Object.fromEntries(Object.entries(PLAN).reverse()) as unknown as Plan;
    expect(versionOf(PLAN)).toMatch(/^[0-9A-F]{4}$/);
    expect(versionOf(turned)).toBe(versionOf(PLAN));
    expect(versionOf({ ...PLAN, session: "another" })).toBe(versionOf(PLAN));
    expect(versionOf({ ...PLAN, past: [{ load_nm: 90, repetitions: 11, cycle_s: 10 }] })).toBe(versionOf(PLAN));
    expect(versionOf(null)).toBeNull();
  });

  it.each<Partial<Plan>>([
    { label: "Blau 7" },
    { load_nm: 90 },
    { range: { ...PLAN.range, flexion_deg: 60.5 } },
    { display: { feedback: "band", from_repetition: 1, motion: null, rest_s: null } },
  ])("is another with %o", (change) => {
    expect(versionOf({ ...PLAN, ...change })).not.toBe(versionOf(PLAN));
  });
});
