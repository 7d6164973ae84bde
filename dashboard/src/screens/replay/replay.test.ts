import { beforeEach, describe, expect, it, vi } from "vitest";
import { language } from "../../i18n/language";
import type { AnyEvent } from "../record/record";
import { type Columns, SIGNALS } from "./columns";
import { actOf, HELP } from "./keys";
import { groupOf, lasting, marked, neighbour, phases, repetitions, sets, targets } from "./lanes";
import { clock, hashOf, momentOf, stamp } from "./moment";
import { advanced, FASTEST, paced, RESTING, SPEEDS, sought, toggled } from "./player";
import { apart, counts, differs, lines, type Parameter, slight, startOf, typed } from "./rerun";
import { Source } from "./source";
import { covers, fetched, moved, showing, turned, within, zoomed } from "./view";

const press = (key: string, held: Partial<Record<"altKey" | "shiftKey" | "ctrlKey" | "metaKey", boolean>> = {}) =>
  actOf({ key, altKey: false, shiftKey: false, ctrlKey: false, metaKey: false, ...held });
const event = (kind: string, at_s: number, fields: object = {}): AnyEvent => ({ kind, at_s, set: 1, ...fields });

describe("robustness-and-screens 3.1, 3.5: keys and speeds as in Lichtblick", () => {
  it("steps 100 ms, with Alt 500 ms, with Shift 10 ms", () => {
    expect(press("ArrowRight")).toEqual({ do: "step", by_s: 0.1 });
    expect(press("ArrowLeft", { altKey: true })).toEqual({ do: "step", by_s: -0.5 });
    expect(press("ArrowRight", { shiftKey: true })).toEqual({ do: "step", by_s: 0.01 });
    expect(press(" ")).toEqual({ do: "play" });
    expect([SPEEDS[0], SPEEDS.at(-2), SPEEDS.at(-1)]).toEqual([0.01, 5, FASTEST]);
  });

  it("leaves the browser its own keys, and lists every key of its own", () => {
    expect([
      press("c", { ctrlKey: true }),
      press("ArrowLeft", { metaKey: true }),
      press("x"),
      press("b", { altKey: true }),
    ]).toEqual([null, null, null, null]);
    expect(
      HELP.flatMap(({ keys }) => keys).filter(
        (key) => key.length === 1 && /[A-Z0+?-]/.test(key) && press(key) === null,
      ),
    ).toEqual([]);
  });
});

describe("the playhead", () => {
  const playing = { ...RESTING, playing: true };
  it("moves by time and speed, and stops at the end", () => {
    expect(advanced({ ...playing, speed: 5 }, 0.5, 60, 20).at_s).toBe(2.5);
    expect(advanced(RESTING, 0.5, 60, 20)).toBe(RESTING);
    expect(advanced({ ...playing, at_s: 59.9 }, 0.5, 60, 20)).toMatchObject({ at_s: 60, playing: false });
    expect(toggled({ ...RESTING, at_s: 60 }, 60)).toMatchObject({ at_s: 0, playing: true });
    expect(sought(RESTING, 99, 60).at_s).toBe(60);
  });

  it("goes as fast as can be shown: through the picture in a second", () => {
    expect(advanced({ ...playing, speed: FASTEST }, 0.5, 60, 20).at_s).toBe(10);
  });

  it("goes round in a loop", () => {
    const looped = { ...playing, at_s: 11.9, loop: { from_s: 10, to_s: 12 } };
    expect(advanced(looped, 0.5, 60, 20).at_s).toBeCloseTo(10.4);
    expect(advanced({ ...looped, at_s: 20 }, 0.5, 60, 20).at_s).toBeCloseTo(20.5);
  });

  it("changes speed step by step, within the ends", () => {
    expect(paced(RESTING, 1).speed).toBe(2);
    expect(paced({ ...RESTING, speed: 5 }, 1).speed).toBe(FASTEST);
    expect(paced({ ...RESTING, speed: FASTEST }, 1).speed).toBe(FASTEST);
    expect(paced({ ...RESTING, speed: 0.01 }, -1).speed).toBe(0.01);
  });
});

describe("the view", () => {
  it("stays within the session", () => {
    expect(within({ from_s: -5, to_s: 5 }, 60)).toEqual({ from_s: 0, to_s: 10 });
    expect(moved({ from_s: 50, to_s: 60 }, 5, 60)).toEqual({ from_s: 50, to_s: 60 });
    expect(within({ from_s: 0, to_s: 500 }, 60)).toEqual({ from_s: 0, to_s: 60 });
  });

  it("zooms around the place under the pointer, no closer than a tenth of a second", () => {
    expect(zoomed({ from_s: 0, to_s: 40 }, 10, 0.5, 60)).toEqual({ from_s: 5, to_s: 25 });
    const close = zoomed({ from_s: 10, to_s: 10.1 }, 10.05, 0.1, 60);
    expect(close.to_s - close.from_s).toBeCloseTo(0.1);
  });

  it("turns the page before the playhead leaves it", () => {
    const view = { from_s: 0, to_s: 10 };
    expect(turned(view, 5, 60)).toBe(view);
    expect(turned(view, 9.5, 60).from_s).toBeCloseTo(8.7);
    expect(turned({ from_s: 50, to_s: 60 }, 59.9, 60)).toEqual({ from_s: 50, to_s: 60 });
    expect(showing(view, 30, 60)).toEqual({ from_s: 25, to_s: 35 });
  });

  it("is fetched with pages on either side", () => {
    expect(fetched({ from_s: 5, to_s: 15 }, 20, 1)).toEqual({ from_s: 0, to_s: 20 });
    expect(fetched({ from_s: 5, to_s: 15 }, 20, 0.1)).toEqual({ from_s: 4, to_s: 16 });
    const had = { from_s: 0, to_s: 30, width_s: 0.01, length_s: 60 };
    expect(covers(had, { from_s: 5, to_s: 15 }, 1000)).toBe(true);
    expect(covers(had, { from_s: 5, to_s: 6 }, 1000)).toBe(false);
    expect(covers(had, { from_s: 25, to_s: 35 }, 1000)).toBe(false);
    expect(covers({ ...had, to_s: 60 }, { from_s: 55, to_s: 70 }, 1000)).toBe(true);
  });
});

describe("a moment as a link", () => {
  it("comes back as it was", () => {
    const moment = { at_s: 12.345, view: { from_s: 10, to_s: 20.5 } };
    expect(hashOf(moment)).toBe("#t=12.345&from=10&to=20.5");
    expect(momentOf(hashOf(moment))).toEqual(moment);
    expect(momentOf("#t=3")).toEqual({ at_s: 3, view: null });
    expect([momentOf(""), momentOf("#t=x"), momentOf("#t=-1")]).toEqual([null, null, null]);
    expect(momentOf("#t=3&from=9&to=1")?.view).toBeNull();
    expect([clock(125.12), clock(59.9999), clock(59.96, 1)]).toEqual(["2:05.120", "1:00.000", "1:00.0"]);
    language.value = "de";
    expect([clock(125.12), stamp(125.12, { from_s: 120, to_s: 130 })]).toEqual(["2:05,120", "2:05,1"]);
    language.value = "en";
  });
});

describe("lanes from events", () => {
  const told = [
    event("set_started", 1),
    event("phase_entered", 2, { phase: "extension", repetition: 1 }),
    event("phase_entered", 6, { phase: "hold", repetition: 1 }),
    event("signal_faulted", 7, { channel: "torque", fault: "stuck", set: null }),
    event("repetition_completed", 11, {
      repetition: 1,
      extent: "short",
      extension_start_s: 2,
      end_s: 11,
      flags: ["gap"],
    }),
    event("cadence_deviated", 8, { phase: "hold", direction: "slow", deviation_s: 0.6, repetition: 1 }),
    event("repetition_completed", 20, { repetition: 2, extent: "full", extension_start_s: 12, end_s: 20 }),
    event("set_ended", 21, { reason: "failure" }),
  ];
  const plan = {
    range: { flexion_deg: 60, extension_deg: 6 },
    tempo: { extension_s: 4, hold_s: 2, flexion_s: 3, turn_s: 3 },
  };

  it("gives sets, phases and what lasts from their beginning to their end", () => {
    expect(sets(told, 60)).toMatchObject([{ from_s: 1, to_s: 21, kind: "failure", label: "1" }]);
    expect(phases(told, 60)).toMatchObject([
      { kind: "extension", from_s: 2, to_s: 6 },
      { kind: "hold", from_s: 6, to_s: 21 },
    ]);
    expect(lasting(told, 60)).toMatchObject([{ kind: "fault", from_s: 7, to_s: 60 }]);
  });

  it("gives repetitions, and the target laid at each", () => {
    expect(repetitions(told)).toMatchObject([
      { number: 1, extent: "short", from_s: 2, to_s: 11, flags: ["gap"] },
      { number: 2, from_s: 12 },
    ]);
    expect(targets(told, { ...plan } as never)).toEqual([
      { from_s: 2, to_s: 12 },
      { from_s: 12, to_s: 24 },
    ]);
    expect(targets(told, null)).toEqual([]);
  });

  it("lays the target of a repetition that still runs where that was announced, until what was measured of it is known", () => {
    const running = [...told, event("repetition_started", 24, { repetition: 3 })];
    expect(targets(running, { ...plan } as never).at(-1)).toEqual({ from_s: 24, to_s: 36 });
    const over = (extension_start_s: number | null) => [
      ...running,
      event("repetition_completed", 33, { repetition: 3, extension_start_s }),
    ];
    expect(targets(over(24.1), { ...plan } as never).at(-1)?.from_s).toBe(24.1);
    // Where its beginning was not measured there is none to lay.
    expect(targets(over(null), { ...plan } as never)).toHaveLength(2);
  });

  it("marks what stands out, and steps through it", () => {
    expect(marked(told).map(({ kind }) => kind)).toEqual(["signal_faulted", "cadence_deviated"]);
    expect(neighbour(marked(told), 7, 1)?.kind).toBe("cadence_deviated");
    expect(neighbour(marked(told), 7, -1)).toBeNull();
    expect(groupOf("of_a_newer_service")).toBe("course");
  });
});

describe("contract 6: the difference of a rerun", () => {
  const found = {
    only_before: [event("failure", 9, { repetition: 2 })],
    only_after: [event("unsure", 9.2, { repetition: 2 })],
    changed: [
      {
        before: event("repetition_completed", 11, { extent: "short" }),
        after: event("repetition_completed", 11, { extent: "full" }),
        fields: ["extent"],
      },
      { before: event("phase_entered", 2), after: event("phase_entered", 2.004), fields: ["at_s"] },
    ],
  };

  it("is told in order of time and counted by kind", () => {
    expect(lines(found).map(({ way, at_s }) => [way, at_s])).toEqual([
      ["changed", 2.004],
      ["before", 9],
      ["after", 9.2],
      ["changed", 11],
    ]);
    expect(counts(found)[0]).toEqual({ kind: "failure", before: 1, after: 0, changed: 0 });
  });

  it("tells small shifts from what says something else", () => {
    expect(
      lines(found)
        .filter(slight)
        .map(({ at_s }) => at_s),
    ).toEqual([2.004]);
    expect([typed("0,95"), typed(" 3.5 "), typed("x"), typed("")]).toEqual([0.95, 3.5, null, null]);
  });
});

describe("the source of the signals", () => {
  let asked: { from: number | undefined; points: number; answer: () => void; aborted: AbortSignal }[];
  const columns = (from_s: number, to_s: number, width_s: number): Columns => ({
    about: { from_s, to_s, width_s, period_s: 0.01, length_s: 600, open: false },
    column: () => new Float64Array(0),
  });
  const source = (came: () => void) =>
    new Source(
      SIGNALS,
      (view, points, aborted) =>
        new Promise((resolve) => {
          asked.push({
            from: view?.from_s,
            points,
            aborted,
            answer: () =>
              resolve(
                columns(view?.from_s ?? 0, view?.to_s ?? 600, ((view?.to_s ?? 600) - (view?.from_s ?? 0)) / points),
              ),
          });
        }),
      came,
    );

  beforeEach(() => {
    asked = [];
  });

  it("asks one question at a time, then for what is wanted by then, and no more than needed", async () => {
    const came = vi.fn();
    const subject = source(came);
    const begun = subject.begin();
    asked[0]?.answer();
    await begun;
    subject.want({ from_s: 0, to_s: 600 }, 1000);
    expect(asked).toHaveLength(1);
    subject.want({ from_s: 100, to_s: 110 }, 1000);
    subject.want({ from_s: 150, to_s: 160 }, 1000);
    subject.want({ from_s: 200, to_s: 210 }, 1000);
    expect(asked).toHaveLength(2);
    asked[1]?.answer();
    await vi.waitFor(() => expect(asked).toHaveLength(3));
    expect(subject.best({ from_s: 200, to_s: 210 }, 1000)).toBe(subject.whole);
    asked[2]?.answer();
    await vi.waitFor(() => expect(came).toHaveBeenCalledTimes(2));
    expect(subject.detail?.about.from_s).toBe(199.5);
    subject.want({ from_s: 200.2, to_s: 210.2 }, 1000);
    expect(asked).toHaveLength(3);
    subject.close();
    expect(subject.best({ from_s: 400, to_s: 410 }, 1000)).toBe(subject.whole);
  });

  it("asks again for what is looked at where that was added to, whatever is on its way", async () => {
    const came = vi.fn();
    const subject = source(came);
    const begun = subject.begin();
    asked[0]?.answer();
    await begun;
    subject.want({ from_s: 100, to_s: 110 }, 1000);
    asked[1]?.answer();
    await vi.waitFor(() => expect(came).toHaveBeenCalledTimes(2));
    subject.renew();
    expect(asked[2]?.from).toBe(99.5);
    subject.renew();
    asked[3]?.answer();
    asked[2]?.answer();
    await vi.waitFor(() => expect(came).toHaveBeenCalledTimes(3));
    expect([asked[2]?.aborted.aborted, asked.length]).toEqual([true, 4]);
    subject.close();
  });

  it("gives up a question that is long on its way when another place is wanted", async () => {
    const now = vi.spyOn(performance, "now").mockReturnValue(0);
    const came = vi.fn();
    const subject = source(came);
    const begun = subject.begin();
    asked[0]?.answer();
    await begun;
    subject.want({ from_s: 100, to_s: 110 }, 1000);
    now.mockReturnValue(600);
    subject.want({ from_s: 200, to_s: 210 }, 1000);
    now.mockRestore();
    expect(asked[1]?.aborted.aborted).toBe(true);
    asked[2]?.answer();
    asked[1]?.answer();
    await vi.waitFor(() => expect(came).toHaveBeenCalledTimes(2));
    expect(subject.detail?.about.from_s).toBe(199.5);
    subject.close();
  });

  it("asks less often for a hand that is beyond every answer, and at once where it rests", async () => {
    vi.useFakeTimers();
    try {
      const came = vi.fn();
      const subject = source(came);
      const begun = subject.begin();
      asked[0]?.answer();
      await begun;
      for (let at_s = 0; at_s < 300; at_s += 10) {
        subject.want({ from_s: at_s, to_s: at_s + 10 }, 1000);
        asked.at(-1)?.answer();
        subject.want({ from_s: at_s + 10, to_s: at_s + 20 }, 1000);
        await vi.advanceTimersByTimeAsync(16);
      }
      // Half a second of a hand that drags; a picture that it was not at any more is not drawn.
      expect(asked.length).toBeLessThan(8);
      expect(came).toHaveBeenCalledTimes(1);
      await vi.advanceTimersByTimeAsync(100);
      asked.at(-1)?.answer();
      await vi.advanceTimersByTimeAsync(0);
      expect(subject.shows({ from_s: 300, to_s: 310 }, 1000)).toBe(true);
      // Who waits is not made to wait longer.
      subject.want({ from_s: 400, to_s: 410 }, 1000);
      subject.want({ from_s: 500, to_s: 510 }, 1000);
      await vi.advanceTimersByTimeAsync(300);
      asked.at(-1)?.answer();
      await vi.advanceTimersByTimeAsync(0);
      expect(asked.at(-1)?.from).toBe(499.5);
    } finally {
      vi.useRealTimers();
    }
  });

  it("fetches a page on either side of where one rests, and drops that when one looks elsewhere", async () => {
    vi.useFakeTimers();
    try {
      const subject = source(vi.fn());
      const begun = subject.begin();
      asked[0]?.answer();
      await begun;
      subject.want({ from_s: 200, to_s: 210 }, 1000);
      asked[1]?.answer();
      await vi.advanceTimersByTimeAsync(1000);
      expect(asked.map(({ from }) => from)).toEqual([undefined, 199.5, 190]);
      subject.want({ from_s: 300, to_s: 310 }, 1000);
      expect(asked[2]?.aborted.aborted).toBe(true);
      asked[3]?.answer();
      await vi.advanceTimersByTimeAsync(1000);
      asked[4]?.answer();
      await vi.advanceTimersByTimeAsync(1000);
      expect(subject.detail?.about.from_s).toBe(290);
      expect(subject.shows({ from_s: 305, to_s: 315 }, 1000)).toBe(true);
      expect(asked).toHaveLength(5);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("decision 0206: what a rerun starts from", () => {
  const about = { unit: "share", source: "x" };
  const other: Parameter = { name: "a", value: 0.6, default: 0.5, recorded: true, ...about };
  const same: Parameter = { name: "b", value: 0.93, default: 0.93, recorded: true, ...about };
  const lacking: Parameter = { name: "c", value: 2, default: 2, recorded: false, ...about };
  const unknown: Parameter = { name: "a", value: 0.5, ...about };

  it("is the recorded value or this version's, and never one that may not be the recording's", () => {
    expect([other, same, lacking, unknown].map((one) => startOf(one, "recorded"))).toEqual([0.6, 0.93, 2, null]);
    expect([other, same, lacking, unknown].map((one) => startOf(one, "defaults"))).toEqual([0.5, 0.93, 2, 0.5]);
  });

  it("is told where the recording is not as this version, or lacks it", () => {
    expect([other, same, lacking, unknown].map(differs)).toEqual([true, false, false, false]);
    expect(apart([other, same, lacking])).toEqual({ other: 1, lacking: 1, none: false });
    expect(apart([lacking])).toEqual({ other: 0, lacking: 1, none: true });
    expect(apart([unknown])).toEqual({ other: 0, lacking: 0, none: false });
    expect(apart([])).toEqual({ other: 0, lacking: 0, none: false });
  });
});
