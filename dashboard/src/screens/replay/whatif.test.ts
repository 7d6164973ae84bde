import { afterEach, describe, expect, it, vi } from "vitest";
import { language } from "../../i18n/language";
import { Refused } from "./asking";
import { momentOf, replayAt } from "./moment";
import { type Order, orderHash, orderIn, type Rerun, typed, written } from "./rerun";
import { WhatIf } from "./whatif";

const NOTHING: Rerun = { only_before: [], only_after: [], changed: [] };
const ORDER: Order = { parameters: { partial: 0.85, stall_least_s: 1234.5 }, base: "defaults" };

afterEach(() => {
  language.value = "en";
});

describe("decision 0232: a link names its rerun", () => {
  it("comes back as it was, beside the moment", () => {
    const plan = { range: { flexion_deg: 60, extension_deg: 6 }, label: "50 % + ä & #" } as unknown as Order["plan"];
    for (const order of [ORDER, {}, { version: "0.2 &c" }, { ...ORDER, plan }] as Order[]) {
      const link = replayAt("s1", 12.5) + orderHash(order);
      const { hash } = new URL(link, "http://127.0.0.1");
      expect(`/sessions/s1/replay${hash}`).toBe(link);
      expect(orderIn(hash)).toEqual(order);
      expect(momentOf(hash)).toEqual({ at_s: 12.5, view: null });
    }
    expect([orderHash(null), orderIn("#t=3"), orderIn("")]).toEqual(["", null, null]);
  });

  it.each([
    "",
    "{",
    "%",
    "null",
    "[]",
    "3",
    '{"parameters":3}',
    '{"parameters":{"partial":"0.8"}}',
    '{"base":"mine"}',
    '{"plan":[]}',
    '{"version":1}',
    '{"constructor":{}}',
  ])("is said where it can't be read, and nothing is run: %s", async (text) => {
    const ask = vi.fn();
    const what = new WhatIf("s1", () => undefined, ask);
    const hash = `#t=3&rerun=${encodeURIComponent(text)}`;
    expect(orderIn(hash)).toBe("unreadable");
    expect(what.arrive(hash)).toBe(true);
    await what.begin();
    expect(what.refused.value.map(({ detail }) => detail)).toEqual([
      "The rerun that the link asks for can’t be read; nothing was analysed again.",
    ]);
    expect(ask).not.toHaveBeenCalled();
  });

  it("runs what the link asks for, once, and has it in the fields", async () => {
    language.value = "de";
    const ask = vi.fn(async () => NOTHING);
    const what = new WhatIf("s1", () => undefined, ask);
    const hash = `#t=3${orderHash(ORDER)}`;
    expect([what.arrive(hash), what.arrive(hash), what.arrive("#t=9")]).toEqual([true, false, false]);
    expect([what.given.value, what.base.value]).toEqual([{ partial: "0,85", stall_least_s: "1234,5" }, "defaults"]);
    await what.begin();
    await what.begin();
    expect(ask.mock.calls).toEqual([[ORDER]]);
    expect(what.difference.value).toBe(NOTHING);
    // Run again from the fields it is the same.
    await what.submit();
    expect(ask).toHaveBeenLastCalledWith(ORDER);
  });

  it("puts what is run by hand into the address, and takes it out again", async () => {
    let named: Order | null = null;
    const what = new WhatIf(
      "s1",
      () => (named = what.order.value),
      async () => NOTHING,
    );
    what.given.value = { partial: "0.85", tremor: " " };
    await what.submit();
    expect(named).toEqual({ parameters: { partial: 0.85 }, base: "recorded" });
    what.version.value = "0.0.9";
    await what.submit();
    expect(named).toEqual({ version: "0.0.9" });
    what.clear();
    expect([named, what.difference.value]).toEqual([null, null]);
  });

  it("shows a difference of nothing but what was asked for last", async () => {
    const answers: ((rerun: Rerun) => void)[] = [];
    const what = new WhatIf(
      "s1",
      () => undefined,
      () => new Promise((done) => answers.push(done)),
    );
    what.arrive(`#${orderHash({ version: "1" })}`);
    const first = what.begin();
    what.arrive(`#${orderHash({ version: "2" })}`);
    const second = what.begin();
    const other = { ...NOTHING };
    answers[1]?.(other);
    answers[0]?.(NOTHING);
    await Promise.all([first, second]);
    expect([what.difference.value, what.busy.value, what.version.value]).toEqual([other, false, "2"]);
    expect(what.difference.value).toBe(other);
    // Nor is there one any more of what was refused.
    const refused = new WhatIf(
      "s1",
      () => undefined,
      () => Promise.reject(new Refused("gone", [], 422)),
    );
    refused.difference.value = NOTHING;
    await refused.submit();
    expect([refused.difference.value, refused.refused.value]).toEqual([null, [{ pointer: "", detail: "gone" }]]);
  });
});

describe("numbers as they are typed", () => {
  it.each(["de", "en"] as const)("come back as they were (%s)", (tag) => {
    language.value = tag;
    for (const value of [0, -6.25, 1000, 1_234_567.125, 0.000_000_1, 1e21, 999.999])
      expect(typed(written(value))).toBe(value);
  });

  it("are refused where thousands could be meant as well as decimals", () => {
    expect([typed("1,200"), typed("1.200"), typed("0,125"), typed("1.200,5")]).toEqual([null, 1.2, 0.125, null]);
    language.value = "de";
    expect([typed("1.200"), typed("1,200"), typed("0.125"), typed("12.5")]).toEqual([null, 1.2, 0.125, 12.5]);
  });
});
