import { afterEach, describe, expect, it } from "vitest";
import { language } from "../../i18n/language";
import { ENDED, event, MEASURES, PLAN } from "../../live/samples";
import type { AnyEvent } from "../../wire.gen";
import type { Label, Said } from "./labels";
import { labelled, lastOf, ratingOf } from "./labels";
import { spanAt } from "./paint";
import { type Detection, detectionsOf, ownOf, rowsOf, setsOf } from "./rows";
import { alike, change, figuresOf, headline, shown } from "./summary";

const label = (fields: Omit<Said, "id">): Label => ({
  ...labelled(fields),
  made_utc: "2026-03-01T10:00:00Z",
  by: "therapist",
});

const at = (at_s: number, told: AnyEvent): AnyEvent => ({ ...told, at_s });
const started = (repetition: number, at_s: number) => at(at_s, event("repetition_started", 1, { repetition }));
const completed = (repetition: number, from_s: number, over: object = {}) =>
  at(
    from_s + 9,
    event("repetition_completed", 1, {
      repetition,
      extent: "full",
      ...MEASURES,
      extension_start_s: from_s,
      end_s: from_s + 9,
      ...over,
    }),
  );

/** Two whole repetitions, the second too fast and over the range, and a third that failed. */
const SET: AnyEvent[] = [
  event("set_started", 1, { plan: PLAN }),
  started(1, 10),
  completed(1, 10),
  started(2, 20),
  at(21, event("range_exceeded", 1, { side: "extension", angle_deg: 2, level: "caution" })),
  at(22, event("range_exceeded", 1, { side: "extension", angle_deg: -3, level: "stop" })),
  completed(2, 20, { extension_s: 2.9, flags: ["bounced", "gap"], peak_torque_nm: 140, time_in_band: 0.55 }),
  event("cadence_deviated", 1, { repetition: 2, phase: "extension", direction: "fast", deviation_s: -1.1 }),
  started(3, 30),
  at(33, event("struggle", 1, { repetition: 3, reasons: ["lag_s"] })),
  at(34, event("failure_likely", 1, { repetition: 3, confidence: 0.8 })),
  at(
    36,
    event("failure", 1, {
      repetition: 3,
      angle_deg: 31.4,
      reason: "stall",
      confidence: 0.9,
      evidence: [{ name: "stall_s", value: 3.2, unit: "s" }],
    }),
  ),
  completed(3, 30, { extent: "attempt", end_s: null, extension_s: null, flags: [] }),
  at(41, event("set_ended", 1, ENDED)),
];

describe("a set as a table (contract 4)", () => {
  it("has a row a repetition, its times against the target, and who was off as the service judged it", () => {
    const rows = rowsOf(SET, 1, PLAN);
    expect(rows.map(({ repetition, from_s, to_s }) => [repetition, from_s, to_s])).toEqual([
      [1, 10, 19],
      [2, 20, 29],
      [3, 30, 39],
    ]);
    const extension = rows[1]?.phases.find(({ phase }) => phase === "extension");
    expect(extension).toEqual({ phase: "extension", seconds: 2.9, target_s: 4, off: "fast" });
    expect(rows[0]?.phases.every(({ off }) => off === null)).toBe(true);
    expect(rowsOf(SET, 2, PLAN)).toEqual([]);
  });

  it("says what was found in each, the gravest of a kind, and no sign of a failure that has come", () => {
    const texts = rowsOf(SET, 1, PLAN).map(({ remarks }) => remarks.map(({ text }) => text));
    expect(texts).toEqual([
      [],
      ["Stop: -3° is too far in extension", "Bounced out of flexion", "Gap in the signal"],
      ["Failure at 31°"],
    ]);
    expect(rowsOf(SET, 1, PLAN)[2]?.remarks[0]?.reasons).toEqual(["stood still 3.2\u00a0s"]);
  });

  it("shows a repetition that is under way without numbers", () => {
    const [row] = rowsOf([started(1, 10)], 1, null);
    expect(row).toMatchObject({ done: null, from_s: 10, to_s: null });
    expect(row?.phases.every(({ seconds, target_s }) => seconds === null && target_s === null)).toBe(true);
  });

  it("bears with events of which only some fields came", () => {
    const bare = {
      kind: "repetition_completed",
      id: 1,
      set: 1,
      at_s: 5,
      known_s: 5,
      repetition: 1,
    } as unknown as AnyEvent;
    expect(rowsOf([bare], 1, PLAN)[0]).toMatchObject({ from_s: null, to_s: 5, remarks: [] });
  });

  it("puts the therapist's last word beside it", () => {
    const labels = [
      label({ kind: "finding", set: 1, repetition: 3, finding: "failure" }),
      label({ kind: "finding", set: 1, repetition: 3, finding: "halted" }),
      label({ kind: "void", set: 1, repetition: 2 }),
      label({ kind: "rating", set: 1, scale: "pain", value: 3 }),
      label({ kind: "rating", set: 1, scale: "pain", value: 4 }),
    ];
    const rows = rowsOf(SET, 1, PLAN, labels);
    expect(rows.map(({ said, voided }) => [said?.finding, voided !== null])).toEqual([
      [undefined, false],
      [undefined, true],
      ["halted", false],
    ]);
    expect(lastOf(labels, "finding", { set: 2, repetition: 3, from_s: null, to_s: null })).toBeNull();
    expect(ratingOf(labels, 1, "pain")?.value).toBe(4);
    expect(ratingOf(labels, 1, "effort")).toBeNull();
  });

  it("finds the repetition that was judged by its time, whichever number it had then (decision 0203)", () => {
    const marked = label({ kind: "finding", set: 1, repetition: 2, finding: "failure" });
    const labels = [
      { ...marked, from_s: 30.2, to_s: 38.9 },
      { ...label({ kind: "void", set: 1, repetition: 7 }), from_s: 10, to_s: 19 },
      label({ kind: "finding", set: 1, repetition: 9, finding: "halted" }),
    ];
    const rows = rowsOf(SET, 1, PLAN, labels);
    expect(rows.map(({ said, voided }) => [said?.finding, voided !== null])).toEqual([
      [undefined, true],
      [undefined, false],
      ["failure", false],
    ]);
    const told = (detections: Detection[]) => ownOf(labels, 1, rows, detections).map((one) => one.repetition);
    expect(told([])).toEqual([3, 9]);
    expect(told(detectionsOf(SET, 1))).toEqual([9]);
    const [under_way] = rowsOf([started(1, 30)], 1, PLAN, labels);
    expect(under_way?.said?.id).toBe(marked.id);
  });

  it("knows its sets, what of them is judged, and whose span a time is in", () => {
    expect(setsOf(SET)).toMatchObject([{ set: 1, from_s: 0, ended: { reason: "failure" } }]);
    expect(detectionsOf(SET, 1).map(({ kind, repetition }) => [kind, repetition])).toEqual([["failure", 3]]);
    const rows = rowsOf(SET, 1, PLAN);
    expect([spanAt(rows, 12), spanAt(rows, 19.5), spanAt(rows, 38)]).toEqual([1, null, 3]);
  });
});

describe("what came of a set", () => {
  afterEach(() => {
    language.value = "en";
  });

  it("is a sentence", () => {
    const ended = { ...event("set_ended", 1, ENDED), full: 11, short: 1 };
    expect(headline(ended)).toBe("12 repetitions, then failure");
    language.value = "de";
    expect(headline(ended)).toBe("12 Wiederholungen, dann Versagen");
    expect(headline({ ...ended, full: 0, reason: "pain" })).toBe("Wegen Schmerz gestoppt nach 1 Wiederholung");
    expect(headline({ ...ended, reason: "moonrise" as "idle" })).toBe("12 Wiederholungen");
  });

  it("means over the repetitions that count, and the difference to another set with its sign", () => {
    const figures = figuresOf(SET, 1);
    expect(figures).toMatchObject({ repetitions: 2, duration_s: 31, peak_torque_nm: 140, work_j: 180 });
    expect(figures?.extension_s).toBeCloseTo(3.45, 9);
    expect(figures?.time_in_band).toBeCloseTo(0.75, 9);
    expect(figuresOf(SET, 2)).toBeNull();
    expect(shown("time_in_band", 0.75)).toBe("75\u00a0%");
    expect(shown("peak_torque_nm", null)).toBe("–");
    expect(change("peak_torque_nm", 140, 128)).toBe("+12\u00a0Nm");
    expect(change("duration_s", 31, 104)).toBe("−1:13");
    expect(change("extension_s", 4.01, 4.02)).toBe("±0");
    expect(change("work_j", null, 4)).toBe("–");
  });

  it("is compared with a set at the same known load, under the same alias", () => {
    const loaded = { ...PLAN, load_nm: 90, label: "Blau 7" };
    expect(alike(loaded, { ...loaded, session: "s9" })).toBe(true);
    expect(alike(loaded, { ...loaded, load_nm: 95 })).toBe(false);
    expect(alike(loaded, { ...loaded, label: "Rot 2" })).toBe(false);
    expect(alike({ ...loaded, label: null }, { ...loaded, label: null }), "nobody is nobody's like (0135)").toBe(false);
    expect(alike({ ...PLAN, label: "Blau 7" }, { ...PLAN, label: "Blau 7" }), "no load").toBe(false);
    expect(alike(loaded, null)).toBe(false);
  });
});
