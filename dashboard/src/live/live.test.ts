import { describe, expect, it } from "vitest";
import { backoffMs } from "./backoff";
import { DeviceClock, ServerClock } from "./clock";
import { freshness } from "./freshness";
import { decode } from "./messages";
import { Trace } from "./ring";

describe("contract 5: freshness by the age of the newest sample", () => {
  it.each([
    [0, "live"],
    [250, "live"],
    [251, "late"],
    [1000, "late"],
    [1001, "stale"],
    [5000, "stale"],
    [5001, "lost"],
  ])("%s ms is %s", (age_ms, state) => {
    expect(freshness(age_ms)).toBe(state);
  });
});

describe("the ring of samples", () => {
  it("keeps the newest and finds the first since a time", () => {
    const trace = new Trace(4);
    for (let i = 0; i < 7; i++) trace.push(i * 10, i, Number.NaN);
    expect(trace.length).toBe(4);
    expect([0, 1, 2, 3].map((i) => trace.time(i))).toEqual([30, 40, 50, 60]);
    expect(trace.firstSince(45)).toBe(2);
    expect(trace.firstSince(61)).toBe(4);
    expect(trace.angle(3)).toBe(6);
    expect(trace.torque(3)).toBeNaN();
  });

  it("drops what is not newer", () => {
    const trace = new Trace(4);
    trace.push(10, 1, 1);
    trace.push(10, 2, 2);
    trace.push(5, 3, 3);
    expect(trace.length).toBe(1);
    expect(trace.angle(0)).toBe(1);
  });
});

describe("back-off: 0.25-5 s, jittered", () => {
  it("stays within its bounds and grows", () => {
    for (let attempt = 0; attempt < 12; attempt++) {
      for (const random of [0, 0.5, 0.999]) {
        expect(backoffMs(attempt, random)).toBeGreaterThanOrEqual(250);
        expect(backoffMs(attempt, random)).toBeLessThanOrEqual(5000);
      }
    }
    expect(backoffMs(0, 0)).toBe(250);
    expect(backoffMs(9, 0.999)).toBeGreaterThan(4900);
    expect(backoffMs(9, 0)).not.toBe(backoffMs(9, 0.7));
  });
});

describe("the server's clock", () => {
  it("believes the ping with the least round trip", () => {
    const clock = new ServerClock();
    clock.pong(1000, 1080, 5_070_000_000); // slow on the way back
    clock.pong(2000, 2004, 6_002_000_000);
    clock.pong(3000, 3200, 7_190_000_000);
    expect(clock.local(6002)).toBeCloseTo(2002, 6);
    expect(clock.error_ms).toBe(2);
  });

  it("knows nothing before the first word", () => {
    expect(new ServerClock().local(1)).toBeNull();
  });
});

describe("F17: this computer slept, and its clock with it", () => {
  it("is told by a message that would have come before it was sent", () => {
    const clock = new ServerClock();
    clock.pong(1000, 1010, 5_005_000_000);
    expect(clock.refutedBy(5100, 1080)).toBe(false);
    expect(clock.refutedBy(9000, 1200)).toBe(true);
  });
});

describe("a device's clock", () => {
  it("does not jump with jitter", () => {
    const clock = new DeviceClock();
    for (let i = 0; i < 20; i++) clock.observe(10_000 + i * 33, i * 33);
    const before = clock.at(700) ?? 0;
    clock.observe(10_660, 660 - 60); // one frame whose age was judged 60 ms wrong
    expect(Math.abs((clock.at(700) ?? 0) - before)).toBeLessThan(1);
  });

  it("follows a lasting shift at 2 % of the time passed", () => {
    const clock = new DeviceClock();
    for (let i = 0; i < 20; i++) clock.observe(10_000 + i * 33, i * 33);
    let last = clock.at(660) ?? 0;
    for (let i = 20; i < 320; i++) {
      clock.observe(10_040 + i * 33, i * 33);
      const now = clock.at(i * 33) ?? 0;
      expect(Math.abs(now - last - 33)).toBeLessThan(0.02 * 33 + 1e-6 + (i === 20 ? 33 : 0));
      last = now;
    }
    expect(clock.at(320 * 33)).toBeCloseTo(10_040 + 320 * 33, 3);
  });

  it("takes another boot's time at once", () => {
    const clock = new DeviceClock();
    for (let i = 0; i < 20; i++) clock.observe(9e9 + i * 33, i * 33);
    const { steps } = clock;
    clock.observe(5, 700);
    expect(clock.at(710)).toBeCloseTo(15, 6);
    expect(clock.steps).toBe(steps + 1);
  });
});

describe("decoding", () => {
  it("passes what the contract names and nothing else", () => {
    expect(decode('{"type":"hello","protocol":1,"server_ns":1}')?.type).toBe("hello");
    expect(decode('{"type":"toString"}')).toBeNull();
    expect(decode('{"type":"newer"}')).toBeNull();
    expect(decode("[1]")).toBeNull();
    expect(decode("null")).toBeNull();
    expect(decode("{")).toBeNull();
  });
});
