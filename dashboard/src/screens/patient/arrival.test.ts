import { describe, expect, it } from "vitest";
import { Machine } from "../../live/machine";
import { PLAN, snapshot } from "../../live/samples";
import { Around, turns } from "./around";
import { Arrival, NOTHING } from "./arrival";

function machine(session: string | null = "s1", label: string | null = "Blau 7"): Machine {
  const found = new Machine("a/b");
  found.snapshot(snapshot({ session, plan: { ...PLAN, session, label } }));
  return found;
}

describe("decision 0178: before the first set", () => {
  it("asks in a session until the patient is ready, or passes it over", () => {
    const arrival = new Arrival("a/b", new Around());
    expect(arrival.follow(machine(null))).toBe(false);
    const there = machine();
    expect(arrival.follow(there)).toBe(true);
    arrival.say({ ...NOTHING, who: "self", pain: 3 }, there);
    expect(arrival.follow(there)).toBe(true);
    arrival.say({ ...arrival.said.value, ready: true }, there);
    expect(arrival.follow(there)).toBe(false);
    const another = new Arrival("a/b", new Around());
    another.follow(there);
    another.say({ ...NOTHING, skipped: true }, there);
    expect(another.follow(there)).toBe(false);
  });

  it("tells until it is heard, of several answers the newest, each with its own id", async () => {
    const around = new Around();
    around.outcome = "unreached";
    const arrival = new Arrival("a/b", around);
    const there = machine();
    arrival.follow(there);
    arrival.say({ ...NOTHING, pain: 3 }, there);
    arrival.say({ ...NOTHING, pain: 7 }, there);
    await turns();
    expect(arrival.told.value).toBe("unreached");
    around.outcome = "told";
    await around.again();
    expect(around.heard).toMatchObject([{ path: "check-in", body: { session: "s1", pain: 7 } }]);
    arrival.say({ ...NOTHING, pain: 7, who: "other" }, there);
    await turns();
    expect(new Set(around.heard.map(({ body }) => body.id)).size).toBe(2);
    around.outcome = "refused";
    arrival.say({ ...NOTHING, pain: 8 }, there);
    await turns();
    expect(arrival.told.value).toBe("refused");
  });

  it("sends one answer at a time: of two on their way the older might arrive last, and count", async () => {
    const around = new Around();
    const sent: object[] = [];
    const answer: ((outcome: "told") => void)[] = [];
    around.tell = (_machine, _path, body) => {
      sent.push(body);
      return new Promise((resolve) => answer.push(resolve));
    };
    const arrival = new Arrival("a/b", around);
    const there = machine();
    arrival.follow(there);
    for (const pain of [null, 3, 7]) arrival.say({ ...NOTHING, who: "self", pain }, there);
    await turns();
    expect(sent).toMatchObject([{ pain: null }]);
    answer[0]?.("told");
    await turns();
    expect(sent).toMatchObject([{ pain: null }, { pain: 7 }]);
  });

  it("is kept over a reload, and told again only where it was not heard", async () => {
    const around = new Around();
    around.outcome = "unreached";
    const there = machine();
    const before = new Arrival("a/b", around);
    before.follow(there);
    before.say({ ...NOTHING, pain: 2, ready: true }, there);
    await turns();
    around.outcome = "told";
    const after = new Arrival("a/b", around);
    expect(after.follow(there)).toBe(false);
    expect(after.said.value.pain).toBe(2);
    await turns();
    expect(around.heard).toHaveLength(1);
    const again = new Arrival("a/b", around);
    expect(again.follow(there)).toBe(false);
    await turns();
    expect([around.heard.length, again.told.value]).toEqual([1, "told"]);
    // What was refused is not said to have been told.
    around.outcome = "refused";
    again.say({ ...NOTHING, pain: 8, ready: true }, there);
    await turns();
    const refused = new Arrival("a/b", around);
    refused.follow(there);
    expect(refused.told.value).toBe("refused");
    around.kept.set("ilex.checkin.a/b", "5");
    expect(new Arrival("a/b", around).follow(there)).toBe(true);
  });

  it("the same person is not asked again when the plan is changed, and is told into the new session", async () => {
    const around = new Around();
    const arrival = new Arrival("a/b", around);
    arrival.follow(machine());
    arrival.say({ ...NOTHING, who: "self", pain: 4, ready: true }, machine());
    await turns();
    expect(arrival.follow(machine("s2"))).toBe(false);
    await turns();
    expect(around.heard.map(({ body }) => [body.session, body.pain])).toEqual([
      ["s1", 4],
      ["s2", 4],
    ]);
  });

  it.each([
    ["another alias", (there: Machine, _: Around) => there, "Rot 2"],
    ["no alias", (there: Machine, _: Around) => there, null],
    [
      "a while later",
      (there: Machine, around: Around) => {
        around.now_ms += 900_001;
        return there;
      },
      "Blau 7",
    ],
  ])("%s is asked anew", (_name, change, label) => {
    const around = new Around();
    const arrival = new Arrival("a/b", around);
    arrival.follow(machine());
    arrival.say({ ...NOTHING, ready: true }, machine());
    expect(arrival.follow(change(machine("s2", label), around))).toBe(true);
    expect(arrival.said.value).toEqual(NOTHING);
  });

  it("who has trained since is asked anew, also under the same alias", () => {
    const arrival = new Arrival("a/b", new Around());
    const there = machine();
    arrival.follow(there);
    arrival.say({ ...NOTHING, ready: true }, there);
    there.snapshot(snapshot({ set: 1, plan: { ...PLAN, label: "Blau 7" } }));
    arrival.follow(there);
    expect(arrival.follow(machine("s2"))).toBe(true);
  });
});
