import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { language } from "../../i18n/language";
import { PLAN } from "../../live/samples";
import { BOUNDS, type Draft, draftOf, faultsFrom, faultsOf, LABEL_MOST, NUMBERS, parsed, planOf } from "./planning";

interface Schema {
  type?: string;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  maxLength?: number;
  anyOf?: Schema[];
}
const { $defs } = JSON.parse(readFileSync("../docs/contract/schemas/plan.schema.json", "utf-8")) as {
  $defs: Record<string, { properties: Record<string, Schema> }>;
};

describe("contract 3: a plan while it is typed", () => {
  afterEach(() => {
    language.value = "en";
  });

  it.each(NUMBERS)("%s has the bounds of the contract's schema", (pointer) => {
    const [, part = "", field] = pointer.split("/");
    const owner = field === undefined ? "Plan" : part.charAt(0).toUpperCase() + part.slice(1);
    const found = $defs[owner]?.properties[field ?? part];
    const { type, minimum, exclusiveMinimum, maximum } = found?.anyOf?.[0] ?? found ?? {};
    expect(maximum).toBeDefined();
    const { whole, ...bounds } = BOUNDS[pointer];
    expect(whole === true).toBe(type === "integer");
    expect({ minimum, exclusiveMinimum, maximum }).toEqual({
      minimum: undefined,
      exclusiveMinimum: undefined,
      ...bounds,
    });
    expect($defs.Plan?.properties.label?.anyOf?.[0]?.maxLength).toBe(LABEL_MOST);
  });

  it("comes back as it was", () => {
    const plan = {
      ...PLAN,
      session: null,
      load_nm: 87.5,
      label: "Blau 7",
      tolerance: { share: 0.2, least_s: 0.25, angle_deg: 4 },
      display: { feedback: "band", from_repetition: 5, motion: "gauge", rest_s: 90 } as const,
    };
    for (const tag of ["en", "de"] as const) {
      language.value = tag;
      expect(planOf(draftOf(plan))).toEqual(plan);
      expect(faultsOf(draftOf(plan))).toEqual({});
    }
    expect(draftOf(plan)["/load_nm"]).toBe("87,5");
  });

  it("says nothing of how it is shown where that is as usual (decision 0241)", () => {
    expect(planOf(draftOf(PLAN))).not.toHaveProperty("display");
  });

  it("says what is chosen, also where that is usual; the rest is left to the screen (decision 0241)", () => {
    const full = { feedback: "full", from_repetition: 1, motion: null, rest_s: null } as const;
    expect(planOf(draftOf({ ...PLAN, display: full })).display).toEqual(full);
    expect(planOf({ ...draftOf(PLAN), "/display/feedback": "full" }).display).toEqual(full);
    const rest = planOf({ ...draftOf(PLAN), "/display/rest_s": "90" }).display;
    expect(rest).toEqual({ ...full, feedback: null, rest_s: 90 });
    expect(planOf({ ...draftOf(PLAN), "/display/from_repetition": "4" }).display?.from_repetition).toBe(4);
  });

  it("leaves the range open at first: it is the patient's own", () => {
    expect(faultsOf(draftOf(null))).toEqual({ "/range/flexion_deg": "Needed", "/range/extension_deg": "Needed" });
  });

  it.each([
    ["4", 4],
    ["4,5", 4.5],
    [" -3.25 ", -3.25],
    ["−3", -3],
    ["", null],
    ["4 s", null],
    ["1e3", null],
    ["1.2.3", null],
  ])("reads %s", (text, value) => {
    expect(parsed(text)).toBe(value);
  });

  it.each<[Partial<Draft>, object]>([
    [{ "/range/extension_deg": "61" }, { "/range/extension_deg": "Less than the flexed end (60°)" }],
    [{ "/tempo/extension_s": "0.8" }, { "/tempo/extension_s": "At least 0.90 s, else the cue is faster than 60°/s" }],
    [{ "/tempo/hold_s": "-1" }, { "/tempo/hold_s": "At least 0" }],
    [{ "/tempo/flexion_s": "0" }, { "/tempo/flexion_s": "More than 0" }],
    [{ "/repetitions/least": "16" }, { "/repetitions/least": "Not more than “at most” (15)" }],
    [{ "/repetitions/most": "12.5" }, { "/repetitions/most": "A whole number, please" }],
    [{ "/load_nm": "20000" }, { "/load_nm": "At most 10,000" }],
    [{ "/tolerance/share": "120" }, { "/tolerance/share": "At most 100" }],
    [{ "/range/flexion_deg": "sixty" }, { "/range/flexion_deg": "A number, please" }],
    [{ "/label": "x".repeat(65) }, { "/label": "At most 64 characters" }],
    [{ "/load_nm": "" }, {}],
    [{ "/display/from_repetition": "" }, { "/display/from_repetition": "Needed" }],
    [{ "/display/rest_s": "90,5" }, { "/display/rest_s": "A whole number, please" }],
  ])("%o", (typed, faults) => {
    expect(faultsOf({ ...draftOf(PLAN), ...typed })).toEqual(faults);
  });

  it("puts what the service refuses at the field that it points at", () => {
    const faults = faultsFrom(
      [
        { pointer: "/range/flexion_deg", detail: "beyond the stop" },
        { pointer: "/moon", detail: "unheard of" },
        { detail: "no" },
      ],
      draftOf(PLAN),
    );
    expect(faults).toEqual({ "/range/flexion_deg": "beyond the stop", "": "unheard of; no" });
  });
});
