import { beforeEach, describe, expect, it } from "vitest";
import { Cue } from "../../cue/cue";
import { event, MEASURES, PLAN } from "../../live/samples";
import type { AnyEvent, Coverage } from "../record/record";
import type { Columns, Values } from "./columns";
import { Mirror, type Reel, reelOf, type Story } from "./mirror";

const LENGTH_S = 60;
const ORIGIN_S = 8;
const cue = new Cue(PLAN);
/** Whoever follows the cue exactly, and sits still before it. */
const angleAt = (at_s: number) => cue.angleAt(at_s - ORIGIN_S);
const told = (one: object) => one as unknown as AnyEvent;

const EVENTS: AnyEvent[] = [
  told({ ...event("set_started", 1, { plan: PLAN }), at_s: ORIGIN_S, known_s: ORIGIN_S }),
  told({ ...event("repetition_started", 2, { repetition: 1 }), at_s: 8.2, known_s: 9 }),
  told({
    ...event("repetition_completed", 3, { repetition: 1, extent: "full", ...MEASURES }),
    at_s: 17,
    known_s: 18,
  }),
];

function story(over: Partial<Story> = {}): Story {
  return {
    session: "s1",
    machine: "a/b",
    plan: PLAN,
    started_utc: "2026-01-15T09:30:00Z",
    events: EVENTS,
    cues: [{ known_s: 5, origin_s: ORIGIN_S, running: true }],
    coverage: [],
    notes: [],
    ...over,
  };
}

function columns(step_s: number, values: (at_s: number) => Record<string, number>, gap: Coverage[] = []): Columns {
  const times = Array.from({ length: Math.round(LENGTH_S / step_s) }, (_, n) => n * step_s).filter(
    (at_s) => !gap.some(({ from_s, to_s }) => at_s >= from_s && at_s < to_s),
  );
  const about = { from_s: 0, to_s: LENGTH_S, width_s: 0, period_s: step_s, length_s: LENGTH_S, open: false };
  const column = (name: string): Values =>
    name === "t_s" ? Float64Array.from(times) : Float32Array.from(times, (at_s) => values(at_s)[name] ?? Number.NaN);
  return { about, column };
}

function played(over: Partial<Story> = {}, gap: Coverage[] = []): Mirror {
  const mirror = new Mirror(story(over));
  const inside = columns(0.02, (at_s) => ({ angle_shown_deg: angleAt(at_s), torque_shown_nm: 100 }), gap);
  const signals = columns(0.01, (at_s) => ({ angle_deg: angleAt(at_s), torque_nm: 100 }));
  mirror.give(reelOf(inside, signals, gap));
  return mirror;
}

/** What is on disk of a session that runs. */
function upTo(to_s: number, from_s = 0): Reel {
  const reach = (step_s: number, values: (at_s: number) => Record<string, number>) => {
    const { about, column } = columns(step_s, values);
    const kept = Array.from(column("t_s"), (at_s) => at_s >= from_s && at_s <= to_s);
    return {
      about: { ...about, from_s, length_s: to_s, open: true },
      column: (name: string) => Float64Array.from(column(name)).filter((_, n) => kept[n]),
    };
  };
  return reelOf(
    reach(0.02, (at_s) => ({ angle_shown_deg: angleAt(at_s), torque_shown_nm: 100 })),
    reach(0.01, (at_s) => ({ angle_deg: angleAt(at_s), torque_nm: 100 })),
    [],
  );
}

const at = (mirror: Mirror, at_s: number) => {
  expect(mirror.has(at_s)).toBe(true);
  expect(mirror.go(at_s, () => true)).toBe(true);
  return mirror;
};

describe("decision 0185: the patient's screen at a moment of the recording", () => {
  let mirror: Mirror;
  beforeEach(() => {
    mirror = played();
  });

  it("shows positioning, the countdown, then the cue with its phases, as the live screen does", () => {
    expect(at(mirror, 0).scene?.kind).toBe("positioning");
    expect(at(mirror, 4).scene?.kind).toBe("positioning");
    expect(at(mirror, 6.5).scene).toMatchObject({ kind: "countdown", digit: 2 });
    expect(at(mirror, 10).scene).toMatchObject({ kind: "running", phase: "extension" });
    expect(at(mirror, 13).scene).toMatchObject({ kind: "running", phase: "hold", fresh: true });
    expect(mirror.view()).toMatchObject({ feed: "live", current: 1, set: 1, most: 15 });
    expect(mirror.machine.angle_deg).toBeCloseTo(angleAt(13), 3);
  });

  it("shows what was known then, not what is known now", () => {
    expect(at(mirror, 17.5).view()?.quality).toBeNull();
    expect(at(mirror, 18.5).view()?.quality).toBe(3);
  });

  it("is the same wherever one comes from: played, jumped to, gone back to", () => {
    const there = at(mirror, 31.2).scene;
    const jumped = played();
    expect(at(jumped, 31.2).scene).toEqual(there);
    at(jumped, 50);
    expect(at(jumped, 31.2).scene).toEqual(there);
    expect(jumped.view()).toEqual(mirror.view());
  });

  it("freezes where nothing came live, also if all came later, and leads back through a countdown", () => {
    const late: Coverage[] = [{ kind: "backfilled", from_s: 20, to_s: 27 }];
    mirror = played({ coverage: late }, late);
    expect(at(mirror, 19.9).scene?.kind).toBe("running");
    expect(at(mirror, 20.7).scene?.kind).toBe("frozen");
    expect(at(mirror, 26).scene?.kind).toBe("lost");
    expect(at(mirror, 27.3).scene?.kind).toBe("positioning");
    expect(at(mirror, 32.5).scene?.kind).not.toBe("running");
  });

  it("has no sample that came late, also where what was told of it still had a gap there", () => {
    const [inside, signals] = [columns(0.02, () => ({})), columns(0.01, () => ({ angle_deg: 30, torque_nm: 100 }))];
    for (const kind of ["backfilled", "gap"] as const) {
      const { t_s } = reelOf(inside, signals, [{ kind, from_s: 20, to_s: 27 }]).samples;
      expect(Array.from(t_s).filter((at_s) => at_s > 19.985 && at_s < 27.005)).toHaveLength(2);
    }
  });

  it("goes on with what has come since, of a session that runs, and is then what the whole shows (decision 0207)", () => {
    const growing = new Mirror(story({ events: EVENTS.slice(0, 2) }));
    expect(growing.from(12)).toBe(0);
    growing.give(upTo(12));
    expect(growing.has(12.5)).toBe(false);
    at(growing, 12);
    // From where it stands: what lies before is not asked for again.
    expect(growing.from(17.5)).toBe(12);
    growing.tell(story());
    growing.give(upTo(31.2, 11.9));
    expect(at(growing, 31.2).scene).toEqual(at(mirror, 31.2).scene);
    expect(growing.view()).toEqual(mirror.view());
    // Looked back at, it has to begin where it began.
    expect([growing.from(20), growing.has(20)]).toEqual([0, false]);
  });

  it("is shown as the set was shown", () => {
    expect(at(mirror, 10).settings()).toMatchObject({ feedback: "full", motion: "scroll" });
    const note = { kind: "set_shown", set: 1, feedback: "after", motion: "gauge", sound: false };
    expect(at(played({ notes: [note] }), 10).settings()).toMatchObject({ feedback: "after", motion: "gauge" });
  });

  it("spends no more than it is given, and goes on from there", () => {
    let steps = 0;
    expect(mirror.go(30, () => steps++ < 100)).toBe(false);
    expect(mirror.at_s).toBeLessThan(30);
    expect(at(mirror, 30).scene).toEqual(at(played(), 30).scene);
  });

  it("asks for no more of the session than it needs: from before the cue was laid", () => {
    expect(mirror.begins(50)).toBe(0);
    const later = new Mirror(story({ cues: [{ known_s: 500, origin_s: 503, running: true }] }));
    expect(later.begins(400)).toBe(365);
    expect(later.begins(600)).toBe(495);
  });
});
