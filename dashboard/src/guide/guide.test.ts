import { describe, expect, it } from "vitest";
import { CATALOGUES } from "../i18n/language";
import { answering } from "./answers";
import { colourOf, contrast } from "./contrast";
import { Moments } from "./moments";
import { addressOf, optionsOf } from "./options";
import { pseudo } from "./pseudo";
import { type Kept, Recording } from "./recording";
import { STATES } from "./states/all";

const STARTED = { kind: "set_started", id: 1, set: 1, at_s: 3, known_s: 3 };
const BEGUN = { kind: "repetition_started", id: 2, set: 1, at_s: 3.1, known_s: 4, repetition: 1 };
const KEPT = {
  machine: "demo/a",
  session: "s",
  plan: { label: "Blau 7", tempo: { extension_s: 4, hold_s: 2, flexion_s: 3, turn_s: 1 }, range: {} },
  rate_hz: 50,
  cues: [
    [0.02, null, false],
    [1, 3, true],
  ],
  events: [STARTED, BEGUN],
  angle_parts: 50,
  torque_parts: 10,
  angle: [3000, -50, null, 50],
  torque: [1000, 0, 0, 10],
} as unknown as Kept;

describe("robustness-and-screens 3.7: a longer language", () => {
  it("is a third longer, leaves places alone, and says every text", () => {
    expect(pseudo("Repetition {n} of {most}")).toMatch(/^Ré+pé+tî+tî+öö*n \{n\} öö* ?f \{most\}$/);
    const all = Object.values(CATALOGUES.en);
    const share = all.join("").length === 0 ? 0 : all.map(pseudo).join("").length / all.join("").length;
    expect(share).toBeGreaterThan(1.3);
    for (const text of all) expect(pseudo(text).match(/\{\w+\}/g)).toEqual(text.match(/\{\w+\}/g));
  });
});

describe("WCAG 2.2 1.4.3: contrast", () => {
  it.each([
    ["#ffffff", "#000000", 21],
    ["#0b0f14", "#56b4e9", 8.3],
    ["#fff", "#c62828", 5.6],
  ])("%s on %s", (front, behind, ratio) => {
    expect(contrast(colourOf(front), colourOf(behind))).toBeCloseTo(ratio, 1);
  });

  it("lays what is seen through over its ground", () => {
    expect(colourOf("rgb(200 100 0 / 50%)", [0, 0, 100])).toEqual([100, 50, 50]);
  });
});

describe("the guide's address", () => {
  it("says a state, and is said again", () => {
    const address = "?show=patient/pain&lang=de&theme=light&text=200&motion=reduced&pseudo=1&ago=2.5";
    const options = optionsOf(address, "en");
    expect(options).toMatchObject({ show: "patient/pain", language: "de", theme: "light", text: 200, ago_s: 2.5 });
    expect(addressOf(options)).toBe(`/styleguide${address}`);
    expect(optionsOf("?text=nonsense&theme=pink", "de")).toMatchObject({ text: 100, theme: null, language: "de" });
  });

  it("has every state once", () => {
    const names = STATES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("what the service would answer", () => {
  const none = { screens: [], code_left_s: null };
  const open = { screens: [], code_left_s: 299 };
  const known = { sessions: [], labels: [], record: {}, screens: [none, open] };

  it("goes on from one look to the next", async () => {
    const ask = answering({ ...known, refusals: {} });
    const looks = [1, 2, 3].map(async () => (await ask("/api/v1/machines/a/b/screens", undefined)).json());
    expect(await Promise.all(looks)).toEqual([none, open, open]);
    expect(await (await ask("/api/v1/machines/a/b/code", { method: "POST" })).json()).toMatchObject({ machine: "a/b" });
  });

  it("keeps what is said of a session, until it is taken back", async () => {
    const noted = { id: "n", kind: "note", text: "a", made_utc: "2026-01-15T09:29:00Z", by: "Mia" } as const;
    const ask = answering({ ...known, sessions: [new Recording(KEPT)], labels: [noted], refusals: {} });
    const labels = async (path: string, init?: RequestInit) => (await ask(`/api/v1/sessions/s${path}`, init)).json();
    const body = JSON.stringify({ id: "f", kind: "finding", set: 1, repetition: 1, finding: "failure" });
    const said = { id: "f", finding: "failure", made_utc: "2026-01-15T09:30:00Z", by: "therapist" };
    expect(await labels("/labels", { method: "POST", body })).toMatchObject([noted, said]);
    expect(await labels("")).toMatchObject({ labels: [noted, said] });
    expect(await labels("/labels/f", { method: "DELETE" })).toEqual([noted]);
    expect(await labels("")).toMatchObject({ labels: [noted] });
  });

  it("is a problem, or no answer, where a state wants it", async () => {
    const wrong = { status: 409, type: "/problems/code-of-another-machine" };
    const ask = answering({ ...known, refusals: { "/screen": wrong, "/pain": "unreached" } });
    const answer = await ask("/api/v1/screen", { method: "POST" });
    expect([answer.status, await answer.json()]).toEqual([409, { type: wrong.type }]);
    await expect(ask("/api/v1/machines/a/b/pain", undefined)).rejects.toThrow("unreached");
  });
});

describe("a recorded session", () => {
  it("is told as the service would have", () => {
    const recording = new Recording(KEPT, { machine: "clinic/b", label: "Rot 1" });
    expect(recording.snapshot(3.5, 7)).toMatchObject({
      machine: "clinic/b",
      set: 1,
      repetition: null,
      last_event_id: 1,
      plan: { label: "Rot 1" },
      cue: { running: true },
    });
    const frame = recording.frame(-0.01, 0.06, 7);
    expect(frame?.trace.angle_deg).toEqual([60, 59, null, 60]);
    expect(frame?.torque_nm).toBe(101);
    expect(recording.frame(0.06, 0.07, 7)).toBeNull();
    expect(recording.nextCue(0.5)).toBe(1);
    expect(new Moments(recording).cue(2, 1.5)).toBe(14.5);
    expect(() => new Moments(recording).event("failure")).toThrow("no failure");
  });

  it("tells of nobody where nobody has checked in", () => {
    const recording = new Recording(KEPT, { idle: true });
    expect(recording.snapshot(9, 7)).toMatchObject({ session: null, plan: null, set: null, last_event_id: 0 });
    expect(recording.nextCue(0)).toBeNull();
  });
});
