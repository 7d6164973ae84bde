import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { LANGUAGES, language } from "../../i18n/language";
import type { Plan } from "../../wire.gen";
import { planOf, textsOf, USUAL } from "./otherplan";

const PLAN: Plan = {
  session: null,
  label: null,
  range: { flexion_deg: 60, extension_deg: -6.25 },
  tempo: { extension_s: 4, hold_s: 2, flexion_s: 3, turn_s: 0.1234567 },
  tolerance: { share: 0.2, least_s: 0.5, angle_deg: 3 },
  repetitions: { least: 8, most: 12 },
  endpoint: "repetitions",
  load_nm: 1200,
  resistance: "motor",
  pacing: "follow",
  past: [{ load_nm: 90, repetitions: 11, cycle_s: 9.5 }],
};

describe("contract 3: another plan in fields", () => {
  afterEach(() => {
    language.value = "en";
  });

  it.each(LANGUAGES)("comes back as it was, whatever stands in it (%s)", (tag) => {
    language.value = tag;
    expect(planOf(textsOf(PLAN))).toEqual(PLAN);
    expect(textsOf(PLAN).load_nm).toBe("1200");
  });

  it("has how the set ends, resistance and cue", () => {
    const texts = { ...textsOf(PLAN), endpoint: "failure", resistance: "stack", pacing: "fixed" };
    expect(planOf(texts)).toEqual({ ...PLAN, endpoint: "failure", resistance: "stack", pacing: "fixed" });
  });

  it("never keeps what was cleared or is no number: the service is asked, and says so", () => {
    const texts = {
      ...textsOf(PLAN),
      "range.flexion_deg": "",
      "tolerance.share": " ",
      load_nm: "",
      "tempo.hold_s": "x",
    };
    expect(planOf(texts)).toEqual({
      ...PLAN,
      range: { ...PLAN.range, flexion_deg: null },
      tolerance: { ...PLAN.tolerance, share: null },
      tempo: { ...PLAN.tempo, hold_s: "x" },
      load_nm: null,
    });
  });

  it("shows of no plan what the contract takes, and leaves the rest open", () => {
    const texts = textsOf(null);
    expect([
      texts["tolerance.share"],
      texts["repetitions.most"],
      texts.endpoint,
      texts.resistance,
      texts.pacing,
    ]).toEqual(["0.15", "15", "failure", "stack", "fixed"]);
    expect([texts["range.flexion_deg"], texts["tempo.hold_s"], texts.load_nm]).toEqual(["", "", ""]);
    const { $defs } = JSON.parse(readFileSync("../docs/contract/schemas/plan.schema.json", "utf-8"));
    const usual = (name: string, fields: object) =>
      Object.fromEntries(Object.keys(fields).map((field) => [field, $defs[name].properties[field].default]));
    const { tolerance, repetitions, ...own } = USUAL;
    expect(usual("Tolerance", tolerance)).toEqual(tolerance);
    expect(usual("Repetitions", repetitions)).toEqual(repetitions);
    expect(usual("Plan", own)).toEqual(own);
  });
});
