import { signal } from "@preact/signals";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Earlier, settled } from "./earlier";

const SETS = [{ load_nm: 95.5, repetitions: 12, cycle_s: 10 }];

describe("decision 0247: a plan waits for the patient's earlier sets", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("until the service has said, of the alias that was typed last", async () => {
    const earlier = signal<Earlier>({ alias: "Blau 8", sets: [], asking: false });
    const found = settled(earlier, " Blau 7 ");
    earlier.value = { alias: "Blau 7", sets: null, asking: true };
    earlier.value = { alias: "Blau 7", sets: SETS, asking: false };
    expect(await found).toEqual(SETS);
    expect(vi.getTimerCount()).toBe(0);
    expect(await settled(earlier, "Blau 7")).toEqual(SETS);
  });

  it.each([null, SETS])("and not for ever: then it goes with what is known", async (sets) => {
    const found = settled(signal<Earlier>({ alias: "Blau 7", sets, asking: true }), "Blau 7");
    await vi.advanceTimersByTimeAsync(3000);
    expect(await found).toEqual(sets);
  });
});
