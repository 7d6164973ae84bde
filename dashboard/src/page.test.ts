import { describe, expect, it } from "vitest";
import { pageOf } from "./page";

describe("addresses", () => {
  it.each([
    ["/", { kind: "wall" }],
    ["/wall", { kind: "wall" }],
    ["/screen/clinic-1/m_2", { kind: "screen", machine: "clinic-1/m_2" }],
    ["/screen/clinic/m/", { kind: "screen", machine: "clinic/m" }],
    ["/machines/clinic/m", { kind: "machine", machine: "clinic/m" }],
    ["/screen", { kind: "screen", machine: null }],
    ["/screen/", { kind: "screen", machine: null }],
    ["/screen/Clinic/m", { kind: "missing" }],
    ["/screen/clinic", { kind: "missing" }],
    ["/sessions", { kind: "sessions" }],
    ["/sessions/0198-aB_c/", { kind: "session", id: "0198-aB_c" }],
    ["/sessions/0198-aB_c/replay", { kind: "replay", id: "0198-aB_c" }],
    ["/sessions/a/b", { kind: "missing" }],
    ["/styleguide", { kind: "guide" }],
    ["/elsewhere", { kind: "missing" }],
  ])("%s", (path, page) => {
    expect(pageOf(path)).toEqual(page);
  });
});
