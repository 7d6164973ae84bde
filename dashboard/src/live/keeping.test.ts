import { beforeEach, describe, expect, it } from "vitest";
import type { Keeping } from "../wire.gen";
import { Keep } from "./keeping";
import { keeping } from "./samples";

describe("what is and isn't kept (robustness F08-F11, F18-F20)", () => {
  let keep: Keep;
  beforeEach(() => {
    keep = new Keep();
  });
  const says = (over: Partial<Keeping>, local_ms = 0) => {
    keep.hear(keeping(over), local_ms);
    return keep.most(local_ms);
  };

  it("says nothing while everything is kept, and before anything is known", () => {
    expect(keep.most(0)).toBeNull();
    expect(says({})).toBeNull();
    expect(says({ backlog: 100, backlog_s: 1.9 })).toBeNull();
    expect(keep.refusal).toBeNull();
  });

  it("F08: counts a backlog down, then tells for ten seconds how much came", () => {
    expect(says({ backlog: 6000, backlog_s: 60, eta_s: 4 })).toEqual({ kind: "backlog", seconds: 60, eta_s: 4 });
    expect(says({ backlog: 1000, backlog_s: 10, eta_s: 1 })).toMatchObject({ seconds: 10 });
    expect(says({}, 1000)).toEqual({ kind: "backfilled", seconds: 60 });
    expect(keep.most(10_999)).not.toBeNull();
    expect(keep.most(11_000)).toBeNull();
  });

  it("F10: warns from 80 %, and says why nothing can be started", () => {
    expect(says({ spool_share: 0.79 })).toBeNull();
    expect(says({ spool_share: 0.8 })).toEqual({ kind: "filling", share: 0.8 });
    expect(says({ spool_share: 0.96, spool_refuses: true })).toEqual({ kind: "full" });
    expect(keep.refusal).toBe("full");
  });

  it("puts what loses most first", () => {
    const all = { backlog_s: 60, spool_share: 0.97, spool_refuses: true };
    expect(says({ ...all, recording: false, code: "disk_full" })).toEqual({ kind: "unrecorded", code: "disk_full" });
    expect(says({ ...all, recording: false, outdated: "2" })).toEqual({ kind: "outdated", version: "2" });
    expect(says({ ...all, outdated: "2", conflict: "boot" })).toEqual({ kind: "conflict" });
    expect(says(all)).toEqual({ kind: "full" });
  });

  it("tells of a restart once, for two minutes; a session that is not there is not unrecorded", () => {
    says({ recording: null, restarted_utc: "2026-01-01T08:00:00Z" }, 1000);
    expect(keep.unrecorded).toBe(false);
    expect(keep.restarted(120_999)).toBe("2026-01-01T08:00:00Z");
    says({ restarted_utc: "2026-01-01T08:00:00Z" }, 100_000);
    expect(keep.restarted(121_000)).toBeNull();
  });
});
