import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { language } from "../../i18n/language";
import { ServerClock } from "../../live/clock";
import { Machine } from "../../live/machine";
import { event, frame, keeping, snapshot } from "../../live/samples";
import type { Keeping } from "../../wire.gen";
import { tileOf } from "./tile";

const server = new ServerClock();
server.pong(0, 0, 0);

describe("decision 0215: the one line of a small tile", () => {
  let machine: Machine;
  beforeEach(() => {
    machine = new Machine("a/b");
    machine.snapshot(snapshot({ set: 1, cue: { origin_ns: -1, running: true } }));
    machine.feed("live");
    machine.frame(frame(0, 0), server);
  });
  afterEach(() => {
    language.value = "en";
  });
  const brief = () => {
    const found = tileOf(machine, 0).brief;
    return found && `${found.tone}: ${found.text.replaceAll("\u00a0", " ")}`;
  };
  const keeps = (fields: Partial<Keeping>) => machine.keep.hear(keeping(fields), 0);

  it("says nothing where there is nothing", () => {
    expect(brief()).toBeNull();
  });

  it("says how it failed, with its unit, and what failed once the word is another", () => {
    machine.event(
      event("failure", 1, { repetition: 8, angle_deg: 31.4, reason: "stall", confidence: 1, evidence: [] }),
      0,
    );
    expect(brief()).toBe("attention: Rep 8 at 31°");
    language.value = "de";
    expect(brief()).toBe("attention: Wdh. 8 bei 31°");
    machine.event(event("paused", 2, {}), 0);
    expect(brief()).toBe("attention: Versagen in Wdh. 8");
  });

  it("an answer comes first, then what would call by itself, then what was found, then what is on its way", () => {
    keeps({ backlog: 6000, backlog_s: 60, eta_s: 4.2 });
    expect(brief()).toBe("plain: Catching up 60 s");
    machine.event(event("reserve_estimated", 1, { repetition: 7, repetitions_left: 1.6, low: 0.4, high: 3.5 }), 0);
    expect(brief()).toBe("plain: About 2 left (0–4)");
    machine.event(event("signal_faulted", 2, { channel: "torque", fault: "swapped" }), 0);
    expect(brief()).toBe("technical: Check torque");
    machine.event(event("struggle", 3, { repetition: 8, reasons: ["lag_s"] }), 0);
    expect(brief()).toBe("plain: Rep 8 is hard");
    machine.event(event("range_exceeded", 4, { side: "extension", angle_deg: 1.2, level: "stop" }), 0);
    expect(brief()).toBe("attention: 1° too far extended");
    keeps({ recording: false, code: "disk_full" });
    expect(brief()).toBe("technical: Not recorded");
    const pain = { id: "r", press: null, pain: 6, quality: "dull", age_ms: 0, seen: false } as const;
    machine.answers.hear({ type: "told", machine: "a/b", pain: { ...pain, where: ["leg"] }, check_in: null }, 0);
    expect(brief()).toBe("attention: Leg, dull");
    const where = ["back", "buttock", "leg"] as const;
    machine.answers.hear({ type: "told", machine: "a/b", pain: { ...pain, where: [...where] }, check_in: null }, 0);
    expect(brief()).toBe("attention: Back, Buttock, Leg");
  });

  it("says why it calls where the word is the call itself", () => {
    keeps({ recording: false, code: "disk_full" });
    expect(tileOf(machine, 0).head.word).toBe("Not recorded");
    expect(brief()).toBe("technical: Service: disk full");
    keeps({ outdated: "2" });
    expect(brief()).toBe("technical: Speaks version 2");
    keeps({ spool_share: 0.96, spool_refuses: true });
    expect(brief()).toBe("technical: No new session");
    keeps({ conflict: "0197" });
    expect([tileOf(machine, 0).head.word, brief()]).toEqual(["Duplicate id", null]);
  });
});
