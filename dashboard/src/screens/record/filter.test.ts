import { describe, expect, it } from "vitest";
import { ANY, type Filter, filterOf, isAny, queryOf, searchOf } from "./filter";

const SOME: Filter = { machine: "clinic/one", from: "2026-01-15", to: "2026-01-15", flags: ["gap", "failure"] };

describe("issue 6, point 2: the filters of the list", () => {
  it("stand in the address and come back from it", () => {
    expect(searchOf(SOME)).toBe("?machine=clinic%2Fone&from=2026-01-15&to=2026-01-15&flag=gap&flag=failure");
    expect(filterOf(searchOf(SOME))).toEqual(SOME);
    expect(filterOf("")).toEqual(ANY);
    expect([isAny(ANY), isAny(SOME)]).toEqual([true, false]);
  });

  it("leave out what they don't know", () => {
    expect(filterOf("?from=yesterday&to=2026-1-1&flag=blue&flag=unsure")).toEqual({ ...ANY, flags: ["unsure"] });
  });

  it("ask the service for whole days of the reader's", () => {
    const fields = new URLSearchParams(queryOf(SOME));
    expect(new Date(fields.get("from") ?? "").getTime()).toBe(new Date(2026, 0, 15).getTime());
    expect(new Date(fields.get("to") ?? "").getTime()).toBe(new Date(2026, 0, 16).getTime());
    expect(fields.getAll("flag")).toEqual(["gap", "failure"]);
    expect(queryOf(ANY)).toBe("");
  });
});
