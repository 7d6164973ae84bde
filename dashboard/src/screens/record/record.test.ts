import { afterEach, describe, expect, it, vi } from "vitest";
import { browser } from "../../live/browser";
import { events, unanswered, untold, whyOf } from "./asking";
import { befell, checkInOf, eventsOf, gapped, lengthOf, painsOf, type SessionRecord, totals, whole } from "./record";

const RECORD: SessionRecord = {
  session: "s1",
  machine: "a/b",
  started_utc: "2026-01-15T09:30:00Z",
  ended_utc: "2026-01-15T09:32:00Z",
  plan: null,
  sets: [],
  completeness: { expected: 100, stored: 100, missing: 0, refused: 0 },
  final: true,
};

describe("a session's record (contract 6)", () => {
  it("is whole where nothing is missing, refused or damaged", () => {
    const { completeness } = RECORD;
    expect(whole(RECORD)).toBe(true);
    expect(whole({ ...RECORD, completeness: { ...completeness, missing: 1 } })).toBe(false);
    expect(whole({ ...RECORD, completeness: { ...completeness, refused: 1 } })).toBe(false);
    expect(whole({ ...RECORD, completeness: { ...completeness, open_ended: 1 } })).toBe(false);
    expect(whole({ ...RECORD, damage: { from_s: 1, reason: "cut" } })).toBe(false);
  });

  it("is as long as its coverage and its sets, and never of no length", () => {
    expect(lengthOf(RECORD)).toBe(1);
    expect(lengthOf({ ...RECORD, coverage: [{ kind: "live", from_s: 0, to_s: 42 }] })).toBe(42);
  });

  it("adds up what came how", () => {
    const coverage = [
      { kind: "live", from_s: 0, to_s: 4 },
      { kind: "gap", from_s: 4, to_s: 5.5 },
      { kind: "live", from_s: 5.5, to_s: 7 },
    ] as const;
    expect(totals(coverage)).toEqual({ live: 5.5, backfilled: 0, gap: 1.5 });
  });

  it("decision 0135: of what was said of one press the newest counts, and none of it befell the recording", () => {
    const said = (press: string | null, pain: number) => ({
      kind: "pain_told",
      press,
      pain,
      where: ["leg"],
      quality: null,
    });
    const before = [1, 2].map((pain) => ({ kind: "checked_in", who: "self", pain, ready: true, skipped: false }));
    const shown = { kind: "set_shown" };
    const notes = [...before, said("p", 3), said(null, 1), { kind: "gap" }, said("p", 8), said("q", 5), shown];
    expect(painsOf(notes).map(({ pain }) => pain)).toEqual([1, 8, 5]);
    expect(befell(notes)).toEqual([{ kind: "gap" }]);
    expect([checkInOf(notes)?.pain, checkInOf([shown])]).toEqual([2, null]);
  });

  it("names the repetitions with a gap, of each set its own", () => {
    const lines = [
      '{"kind":"repetition_completed","set":1,"at_s":1,"repetition":2,"flags":["gap","void"]}',
      '{"kind":"repetition_completed","set":1,"at_s":2,"repetition":3,"flags":[]}',
      '{"kind":"repetition_completed","set":2,"at_s":3,"repetition":1,"flags":["gap"]}',
      "",
    ].join("\n");
    expect(gapped(eventsOf(lines), 1)).toEqual([2]);
    expect(gapped(eventsOf(lines), 2)).toEqual([1]);
  });
});

describe("docs/problems.md: why there is nothing to show", () => {
  const problem = async (status: number, type: string) =>
    unanswered(
      new Response(JSON.stringify({ type: `/problems/${type}`, title: "…", status, detail: "s1.mcap: its end" }), {
        status,
      }),
    );

  it("what is wrong with the recording is told, and not asked for again", async () => {
    for (const [status, type, why] of [
      [500, "recording-damaged", "damaged"],
      [410, "recording-missing", "gone"],
      [500, "analysis-failed", "unanalysed"],
    ] as const) {
      const found = await problem(status, type);
      expect([found.why, found.passing, found.ofRecording, found.detail]).toEqual([
        why,
        false,
        true,
        "s1.mcap: its end",
      ]);
    }
  });

  it("what may pass is asked for again", async () => {
    for (const [status, type] of [
      [503, "busy"],
      [503, "not-ready"],
      [500, "internal"],
    ] as const) {
      const found = await problem(status, type);
      expect([found.why, found.passing, found.ofRecording]).toEqual(["failed", true, false]);
    }
    const gateway = await unanswered(new Response("<h1>Bad gateway</h1>", { status: 502 }));
    expect([gateway.why, gateway.passing, gateway.detail]).toEqual(["down", true, ""]);
    expect(whyOf(new TypeError("fetch failed"))).toMatchObject({ why: "down", passing: true });
  });

  it("who may not see it, and what there is not, stay what they are", async () => {
    const found = [await problem(404, "unknown-session"), await problem(401, "not-signed-in")];
    expect(found.map(({ why, passing }) => [why, passing])).toEqual([
      ["unknown", false],
      ["forbidden", false],
    ]);
  });
});

describe("contract 6: the events of a session", () => {
  const answering = (answer: () => Promise<Response>) => vi.spyOn(browser, "ask").mockImplementation(answer);
  const problem = (status: number, type: string) => async () =>
    new Response(JSON.stringify({ type: `/problems/${type}` }), { status });
  afterEach(() => vi.restoreAllMocks());

  it("are none only where there is no such version", async () => {
    answering(problem(404, "no-such-version"));
    expect(await events("s1", "final")).toBeNull();
    answering(async () => new Response('{"kind":"failure","at_s":1,"set":1}\n'));
    expect(await events("s1", "final")).toHaveLength(1);
  });

  it("are asked for again where there was no answer, and not known where the recording can't tell them", async () => {
    const cut = new Response(new ReadableStream({ pull: (stream) => stream.error(new TypeError("network error")) }));
    for (const [answer, why] of [
      [problem(503, "busy"), "failed"],
      [problem(404, "unknown-session"), "unknown"],
      [async () => new Response("Bad gateway", { status: 502 }), "down"],
      [() => Promise.reject(new TypeError("fetch failed")), "down"],
      [async () => cut, "down"],
    ] as const) {
      answering(answer);
      await expect(events("s1", "live").catch(untold)).rejects.toMatchObject({ why });
    }
    answering(problem(500, "recording-damaged"));
    await expect(events("s1", "live")).rejects.toMatchObject({ why: "damaged" });
    expect(await events("s1", "live").catch(untold)).toBeNull();
  });
});
