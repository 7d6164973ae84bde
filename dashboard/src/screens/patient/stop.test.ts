import { describe, expect, it } from "vitest";
import { Machine } from "../../live/machine";
import { event, snapshot } from "../../live/samples";
import { Around, turns } from "./around";
import { PainStop, UNANSWERED } from "./stop";

function machine(): Machine {
  const found = new Machine("a/b");
  found.snapshot(snapshot({ set: 1, cue: { origin_ns: 5, running: true } }));
  return found;
}

describe("H09: a stop for pain", () => {
  it("stands at once, and is told until it is heard, once", async () => {
    const around = new Around();
    around.outcome = "unreached";
    const stop = new PainStop("a/b", around);
    stop.stop(machine());
    expect(stop.pressed.value).toBe("telling");
    await turns();
    expect(stop.pressed.value).toBe("unreached");
    around.outcome = "told";
    await around.again();
    expect(stop.pressed.value).toBe("told");
    expect(around.heard.map(({ path, body }) => [path, body.reason])).toEqual([["stop", "pain"]]);
  });

  it("1,000 presses are 1,000 ids, also while nobody hears", async () => {
    const around = new Around();
    around.outcome = "unreached";
    const stop = new PainStop("a/b", around);
    for (let n = 0; n < 1000; n++) stop.stop(null);
    await turns();
    around.outcome = "told";
    await around.again();
    expect(new Set(around.heard.map(({ body }) => body.id)).size).toBe(1000);
    expect(around.heard).toHaveLength(1000);
  });

  it("outlives a reload of the page with its answer, for ten minutes", async () => {
    const around = new Around();
    around.outcome = "unreached";
    const before = new PainStop("a/b", around);
    before.stop(machine());
    before.say({ pain: 7, where: ["leg"], quality: "sharp" }, machine());
    around.outcome = "told";
    const after = new PainStop("a/b", around);
    expect(after.pressed.value).toBe("telling");
    await turns();
    expect(after.pressed.value).toBe("told");
    expect(after.answer.value).toEqual({ pain: 7, where: ["leg"], quality: "sharp" });
    const [press, said] = around.heard;
    expect(said).toMatchObject({ path: "pain", body: { press: press?.body.id, pain: 7, session: "s1" } });
    expect(new PainStop("a/b", around).answered.value, "heard: it is not told again").toBe("told");
    await turns();
    expect(around.heard).toHaveLength(2);
    around.now_ms = 600_001;
    expect(new PainStop("a/b", around).pressed.value).toBeNull();
  });

  it("is kept however long, and whatever the clock says, until the service has heard of it and of the answer", async () => {
    const around = new Around();
    around.outcome = "unreached";
    const before = new PainStop("a/b", around);
    before.stop(machine());
    before.say({ ...UNANSWERED, pain: 7 }, machine());
    around.now_ms = 3_600_000;
    expect(new PainStop("a/b", around).pressed.value).toBe("telling");
    around.now_ms = -3_600_000;
    around.outcome = "told";
    expect(new PainStop("a/b", around).pressed.value).toBe("telling");
    await turns();
    expect(around.heard.map(({ path }) => path)).toEqual(["stop", "pain"]);
    around.now_ms = 0;
    expect(new PainStop("a/b", around).pressed.value).toBeNull();
  });

  it("of a machine that has no session stays where movement opens one, until it is seen or started anew", async () => {
    const around = new Around();
    const stop = new PainStop("a/b", around);
    const there = new Machine("a/b");
    there.snapshot(snapshot({ session: null }));
    stop.stop(there);
    await turns();
    const press = around.heard[0]?.body.id ?? "";
    there.event({ ...event("button_pressed", 0, { set: null, button: "pain", press }), session: null }, 0);
    there.snapshot(snapshot());
    stop.follow(there);
    expect(stop.pressed.value).toBe("told");
    stop.say({ ...UNANSWERED, pain: 5 }, there);
    await turns();
    expect(around.heard[1]?.body, "what is said now is kept with that session").toMatchObject({ press, session: "s1" });
    there.seePain();
    there.snapshot(snapshot({ cue: { origin_ns: 99, running: true } }));
    stop.follow(there);
    expect(stop.pressed.value).toBeNull();
  });

  it("pressed where the page did not know yet that the session was over belongs to none, then to the one that movement opens", async () => {
    const around = new Around();
    const stop = new PainStop("a/b", around);
    const there = new Machine("a/b");
    there.snapshot(snapshot({ session: "s0" }));
    stop.stop(there);
    await turns();
    const press = around.heard[0]?.body.id ?? "";
    there.event({ ...event("button_pressed", 0, { set: null, button: "pain", press }), session: null }, 0);
    there.snapshot(snapshot({ session: null }));
    stop.follow(there);
    stop.say({ ...UNANSWERED, pain: 6 }, there);
    await turns();
    expect(around.heard[1]?.body).toMatchObject({ press, pain: 6, session: null });
    there.snapshot(snapshot());
    stop.follow(there);
    expect(stop.pressed.value).toBe("told");
    stop.say({ ...UNANSWERED, pain: 7 }, there);
    await turns();
    expect(around.heard[2]?.body).toMatchObject({ press, pain: 7, session: "s1" });
  });

  it("told late belongs to the session that movement has opened meanwhile", async () => {
    const around = new Around();
    around.outcome = "unreached";
    const stop = new PainStop("a/b", around);
    const there = new Machine("a/b");
    stop.stop(there);
    await turns();
    there.snapshot(snapshot());
    stop.follow(there);
    around.outcome = "told";
    await around.again();
    stop.follow(there);
    expect(stop.pressed.value).toBe("told");
    there.snapshot(snapshot({ session: "s2" }));
    stop.follow(there);
    expect(stop.pressed.value).toBeNull();
  });

  it("of several answers the newest counts, and a refused one is left to words", async () => {
    const around = new Around();
    const stop = new PainStop("a/b", around);
    stop.stop(machine());
    await turns();
    around.outcome = "unreached";
    stop.say({ ...UNANSWERED, pain: 3 }, machine());
    stop.say({ ...UNANSWERED, pain: 8 }, machine());
    await turns();
    around.outcome = "told";
    await around.again();
    expect(around.heard.filter(({ path }) => path === "pain").map(({ body }) => body.pain)).toEqual([8]);
    around.outcome = "refused";
    stop.say({ ...UNANSWERED, pain: 9 }, machine());
    await turns();
    expect(stop.answered.value).toBe("refused");
  });

  it("is over when the machine begins anew, never before the service knows of it", async () => {
    const around = new Around();
    around.outcome = "unreached";
    const stop = new PainStop("a/b", around);
    const there = machine();
    stop.stop(there);
    await turns();
    there.snapshot(snapshot({ set: null, cue: { origin_ns: 99, running: true } }));
    stop.follow(there);
    expect(stop.pressed.value).toBe("unreached");
    around.outcome = "told";
    await around.again();
    stop.follow(there);
    expect(stop.pressed.value).toBeNull();
    expect(around.kept.size).toBe(0);
  });

  it("answers a press of the machine's own button too", async () => {
    const around = new Around();
    const stop = new PainStop("a/b", around);
    const there = machine();
    there.event(event("button_pressed", 1, { button: "pain", press: "p-1" }), 0);
    stop.say({ ...UNANSWERED, pain: 4 }, there);
    await turns();
    expect(around.heard).toMatchObject([{ path: "pain", body: { press: "p-1", pain: 4 } }]);
    there.snapshot(snapshot({ cue: { origin_ns: 99, running: true } }));
    stop.follow(there);
    expect(stop.answer.value).toEqual(UNANSWERED);
  });

  it("keeps what was said of the machine's own button over a reload, until another stop", async () => {
    const around = new Around();
    around.outcome = "unreached";
    const there = machine();
    there.event(event("button_pressed", 1, { button: "pain", press: "p-1" }), 0);
    new PainStop("a/b", around).say({ ...UNANSWERED, where: ["back"] }, there);
    around.outcome = "told";
    const fresh = new Machine("a/b");
    const after = new PainStop("a/b", around);
    after.follow(fresh);
    await turns();
    expect(around.heard).toMatchObject([{ path: "pain", body: { press: "p-1", where: ["back"] } }]);
    expect([after.pressed.value, after.answered.value, after.answer.value.where]).toEqual([null, "told", ["back"]]);

    const again = new PainStop("a/b", around);
    expect(again.answered.value).toBe("told");
    fresh.snapshot(snapshot());
    fresh.event(event("button_pressed", 1, { button: "pain", press: "p-2" }), 0);
    again.follow(fresh);
    expect(again.answer.value).toEqual(UNANSWERED);
  });
});
