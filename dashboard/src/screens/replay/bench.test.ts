import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { browser } from "../../live/browser";
import { Bench } from "./bench";
import { Projector } from "./projector";

const RECORD = {
  session: "s1",
  machine: "a/b",
  started_utc: "2026-01-15T09:30:00Z",
  ended_utc: "2026-01-15T09:32:00Z",
  plan: null,
  sets: [],
  completeness: { expected: 100, stored: 100, missing: 0, refused: 0 },
  final: true,
  coverage: [{ kind: "live", from_s: 0, to_s: 60 }],
};
const EVENT = '{"kind":"failure","at_s":9,"set":1,"known_s":9.1}\n';

/** The whole session as the service sends it (decision 0152): two samples, the last one 60 s after the first. */
function signals(about: object): Response {
  const named = ["angle_deg", "torque_nm", "speed_deg_s", "cue_deg"];
  const columns = ["t_s", ...named].map((name) => ({ name, type: "f8", rows: 2 }));
  const header = { from_s: 0, to_s: 60, width_s: 0, period_s: 0.01, length_s: 60, open: false, columns, ...about };
  const text = JSON.stringify(header).padEnd(800, " ");
  const bytes = new Uint8Array(16 + text.length + columns.length * 16);
  bytes.set(new TextEncoder().encode("ILEXCOL1"));
  new DataView(bytes.buffer).setUint32(8, text.length, true);
  bytes.set(new TextEncoder().encode(text), 16);
  bytes.set(new Uint8Array(new Float64Array([0, 60, 1, 2]).buffer), 16 + text.length);
  return new Response(bytes);
}

describe("the bench, before the service", () => {
  let answers: { record: object; events: () => Promise<Response>; about: object };
  let asked: string[];
  let bench: Bench;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("innerWidth", 1000);
    vi.stubGlobal("location", { hash: "" });
    asked = [];
    answers = { record: RECORD, events: async () => new Response(EVENT), about: {} };
    vi.spyOn(browser, "ask").mockImplementation(async (path) => {
      asked.push(path);
      if (path.includes("&from=")) return signals({ ...answers.about, width_s: 0 });
      if (/signals|internals/.test(path)) return signals(answers.about);
      if (path.includes("/events")) return answers.events();
      return new Response(JSON.stringify(answers.record));
    });
    bench = new Bench("s1");
  });

  afterEach(() => {
    bench.close();
    vi.useRealTimers();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it("says that the events did not come, and asks again: they are not taken for none", async () => {
    answers.events = async () => new Response('{"type":"/problems/busy"}', { status: 503 });
    await bench.start();
    expect([bench.why.value?.why, bench.heard.value, bench.record.value?.session]).toEqual(["failed", false, "s1"]);
    answers.events = async () => new Response(EVENT);
    await vi.advanceTimersByTimeAsync(5000);
    expect([bench.why.value, bench.heard.value, bench.events.value.length]).toEqual([null, true, 1]);
  });

  it("keeps what it knew of a session that runs while a question has no answer", async () => {
    answers.record = { ...RECORD, ended_utc: null };
    await bench.start();
    answers.events = () => Promise.reject(new TypeError("fetch failed"));
    await vi.advanceTimersByTimeAsync(1000);
    expect([bench.why.value?.why, bench.heard.value, bench.events.value.length]).toEqual(["down", true, 1]);
  });

  it("shows of a damaged recording what there is: neither its events nor what of it came live are known", async () => {
    answers = {
      record: { ...RECORD, coverage: [], damage: { from_s: 12, reason: "checksum" } },
      events: async () => new Response('{"type":"/problems/recording-damaged"}', { status: 500 }),
      about: { damage: "byte 7: checksum" },
    };
    await bench.start();
    expect([bench.why.value, bench.heard.value]).toEqual([null, false]);
    expect(bench.coverage.value.map(({ kind }) => kind)).toEqual(["unknown"]);
    expect(bench.feed.value.map(({ kind }) => kind)).toEqual(["unknown"]);
    const before = asked.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked.length).toBe(before);
  });

  it("puts no patient's screen together without the events, and asks for them again where that may help", async () => {
    await bench.start();
    const projector = new Projector(bench);
    const told = () => asked.filter((path) => path.includes("/events")).length;
    const want = async (now_ms: number) => {
      projector.want(1, now_ms);
      await vi.advanceTimersByTimeAsync(0);
      return [projector.state.value, told()];
    };
    answers.events = async () => new Response("{}", { status: 503 });
    expect(await want(0)).toEqual(["failed", 2]);
    answers.events = async () => new Response('{"type":"/problems/recording-damaged"}', { status: 500 });
    expect(await want(3001)).toEqual(["failed", 3]);
    expect(await want(1e9)).toEqual(["failed", 3]);
    const other = new Projector(bench);
    answers.events = async () => new Response(EVENT);
    other.want(1, 0);
    await vi.waitFor(() => expect(other.state.value).toBe("ready"));
  });

  it("takes no signal of a session that runs for late because it is newer than what was said of it", async () => {
    answers.record = { ...RECORD, ended_utc: null, coverage: [{ kind: "live", from_s: 0, to_s: 59 }] };
    answers.about = { open: true };
    await bench.start();
    expect(bench.feed.value).toEqual([{ kind: "live", from_s: 0, to_s: 59 }]);
  });

  it("asks anew for what it shows of a session that runs where late samples have come into it", async () => {
    const gap = (kind: string) => [
      { kind: "live", from_s: 0, to_s: 20 },
      { kind, from_s: 20, to_s: 40 },
      { kind: "live", from_s: 40, to_s: 60 },
    ];
    answers = {
      ...answers,
      record: { ...RECORD, ended_utc: null, coverage: gap("gap") },
      about: { open: true, width_s: 1 },
    };
    await bench.start();
    bench.following.value = false;
    bench.measure(100_000);
    await vi.advanceTimersByTimeAsync(0);
    const looks = () => asked.filter((path) => path.includes("&from=")).length;
    const before = looks();
    answers.record = { ...RECORD, ended_utc: null, coverage: gap("backfilled") };
    await vi.advanceTimersByTimeAsync(1000);
    expect(looks()).toBe(before + 1);
    await vi.advanceTimersByTimeAsync(5000);
    expect(looks()).toBe(before + 1);
  });
});
