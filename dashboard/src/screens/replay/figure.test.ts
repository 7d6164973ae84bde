import { describe, expect, it } from "vitest";
import { PLAN } from "../../live/samples";
import { drawn, type Figure, type Words } from "./figure";
import type { Lanes } from "./lanepaint";
import { CHARTS, chartsOf, type Hand, heightsOf, INSIDE, panelsOf } from "./panels";

const times = Float64Array.from({ length: 600 }, (_, n) => n / 10);
const about = { from_s: 0, to_s: 60, width_s: 0, period_s: 0.1, length_s: 60, open: false, levels: { full: 0.93 } };
const wave = Float32Array.from(times, (at_s) => (at_s > 20 && at_s < 25 ? Number.NaN : 30 + 20 * Math.sin(at_s)));
const of = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, wave]));
const hand = {
  measured: { about, t_s: times, values: of(["angle_deg", "torque_nm", "speed_deg_s", "cue_deg"]) },
  inside: { about, t_s: times, values: of(INSIDE) },
} as unknown as Hand;
const lanes: Lanes = {
  sets: [{ kind: "failure", from_s: 2, to_s: 50, label: "1" }],
  lasting: [],
  repetitions: [{ set: 1, number: 1, extent: "short", flags: [], from_s: 2, to_s: 40 }],
  phases: [{ kind: "hold", from_s: 6, to_s: 30, label: "1" }],
  events: [{ kind: "failure", at_s: 33, set: 1 }],
  coverage: [
    { kind: "live", from_s: 0, to_s: 20 },
    { kind: "gap", from_s: 20, to_s: 25 },
    { kind: "live", from_s: 25, to_s: 60 },
  ],
  feed: [
    { kind: "live", from_s: 0, to_s: 20.2 },
    { kind: "stale", from_s: 20.2, to_s: 25 },
    { kind: "unknown", from_s: 25, to_s: 60 },
  ],
  difference: [{ way: "after", at_s: 40, event: { kind: "failure", at_s: 40, set: 1 }, fields: [] }],
};
const figure: Figure = {
  title: "Blau <7> & Co",
  about: "clinic/one",
  view: { from_s: 0, to_s: 60 },
  hand,
  whole: hand,
  charts: CHARTS,
  plan: PLAN,
  targets: [{ from_s: 2, to_s: 12 }],
  lanes,
};
const words: Words = {
  colour: (name) => (name === "band" ? "rgb(11 106 168 / 16%)" : "#0b6aa8"),
  chart: ({ name }) => name,
  level: (name) => `level ${name}`,
  signal: (name) => `the ${name}`,
  target: "the target",
  lane: (name) => name,
  phase: (name) => name,
  feed: (kind) => `feed ${kind}`,
  set: (n) => `set ${n}`,
  extent: (name) => name,
  number: (value, decimals) => value.toFixed(decimals),
  time: (at_s) => String(at_s),
};

describe("issue 6, point 5: the picture in sight as a drawing", () => {
  it("has what is on the page: curves, target, lanes, what is missing, what a rerun changed, and nobody's name unescaped", () => {
    const text = drawn(figure, words);
    expect(text).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="1600" height="\d+"/);
    expect(text).toContain("Blau &lt;7&gt; &amp; Co");
    for (const part of [
      "set 1",
      "1 · short",
      ">hold<",
      'fill="url(#gap)"',
      "feed stale",
      'fill="url(#unknown)"',
      "<polygon",
      ">rerun<",
    ])
      expect(text).toContain(part);
    expect(text.match(/<path d="M[^"]+" fill="none"/g)).toHaveLength(4);
    expect(text).not.toContain("NaN");
    expect(text).not.toContain("level");
  });

  it("writes colours as other programs know them, and no style: the page's policy lets none in", () => {
    const text = drawn(figure, words);
    expect(text).toContain('fill="rgb(11,106,168)" fill-opacity="0.16"');
    expect(text).not.toMatch(/style=|<style|href|script/);
  });

  it("breaks a line where nothing was measured, and keeps to what is in sight", () => {
    const [near = ""] = drawn({ ...figure, view: { from_s: 18, to_s: 27 } }, words).match(/<path d="M[^"]+"/) ?? [];
    expect(near.match(/M/g)).toHaveLength(2);
    expect(near.match(/L/g)?.length).toBeLessThan(60);
  });

  it("says of what came nobody knows how that alone, and leaves the curves free", () => {
    const text = drawn(
      { ...figure, lanes: { ...lanes, feed: [], coverage: [{ kind: "unknown", from_s: 0, to_s: 60 }] } },
      words,
    );
    expect(text.match(/fill="url\(#unknown\)"/g)).toHaveLength(1);
  });

  it("has the internals that are shown, with what they are held against", () => {
    const text = drawn({ ...figure, charts: chartsOf(panelsOf(["reserve", "progress", "nonsense"])) }, words);
    expect(text.match(/<path d="M[^"]+" fill="none"/g)).toHaveLength(8);
    expect(text).toContain("level full");
  });
});

describe("the heights of the charts", () => {
  it("give the angle half of what the inner ones leave, and those room to be read", () => {
    expect(heightsOf(600, 0)).toEqual([300, 150, 150]);
    expect(heightsOf(700, 2)).toEqual([234, 117, 117, 116, 116]);
    expect(heightsOf(400, 5).slice(3)).toEqual([84, 84, 84, 84, 84]);
  });
});
