import { describe, expect, it } from "vitest";
import { Unanswered } from "./asking";
import { ANY, type Filter } from "./filter";
import { idsOf, List } from "./list";
import type { SessionPage, SessionRecord } from "./record";

const PAGE = 3;
const ONE: Filter = { ...ANY, machine: "clinic/one" };
const record = (session: string, ended_utc: string | null = "2026-01-15T09:33:00Z") =>
  ({ session, ended_utc }) as SessionRecord;
const named = (...ids: string[]) => ids.map((id) => record(id));

/** A service with these sessions, newest first, that answers when it is let. */
class Held {
  sessions: SessionRecord[];
  down = false;
  asked: (string | null)[] = [];
  private waiting: (() => void)[] | null = null;

  constructor(...ids: string[]) {
    this.sessions = named(...ids);
  }

  hold(): void {
    this.waiting = [];
  }

  /** What is asked now, and from now on. */
  async release(): Promise<void> {
    const waiting = this.waiting ?? [];
    this.waiting = null;
    for (const answer of waiting) answer();
    // What was waited for goes on first.
    await new Promise((resolve) => setImmediate(resolve));
  }

  readonly question = async ({ machine }: Filter, after: string | null): Promise<SessionPage> => {
    this.asked.push(after);
    await new Promise<void>((answer) => (this.waiting === null ? answer() : this.waiting.push(answer)));
    if (this.down) throw new Unanswered(0);
    const fits = this.sessions.filter(({ session }) => machine === "" || session.startsWith("one"));
    const first = after === null ? 0 : fits.findIndex(({ session }) => session === after) + 1;
    const items = fits.slice(first, first + PAGE);
    return { items, next: first + PAGE < fits.length ? (items.at(-1)?.session ?? null) : null };
  };
}

async function listed(held: Held, pages = 1): Promise<List> {
  const list = new List(ANY, held.question);
  await list.ask(null);
  for (let more = 1; more < pages; more++) await list.ask(list.next.value);
  return list;
}

describe("the list looks again for the newest", () => {
  it("shows what has begun and ended meanwhile, and keeps choice and further pages", async () => {
    const held = new Held("f", "e", "d", "c", "b", "a");
    held.sessions[0] = record("f", null);
    const list = await listed(held, 2);
    list.chosen.value = new Set(["f", "b"]);
    held.sessions = [record("h", null), ...named("g", "f", "e", "d", "c", "b", "a")];
    await list.renew();
    expect(idsOf(list.items.value)).toEqual(["h", "g", "f", "e", "d", "c", "b", "a"]);
    expect(list.items.value?.map(({ ended_utc }) => ended_utc === null)).toEqual([true, ...Array(7).fill(false)]);
    expect([...list.chosen.value]).toEqual(["f", "b"]);
    expect(list.next.value).toBeNull();
  });

  it("goes on where it was", async () => {
    const held = new Held("f", "e", "d", "c", "b", "a");
    const list = await listed(held);
    held.sessions.unshift(record("g"));
    await list.renew();
    await list.ask(list.next.value);
    expect(idsOf(list.items.value)).toEqual(["g", "f", "e", "d", "c", "b", "a"]);
  });

  it("is the same object where nothing is new: nothing is drawn again", async () => {
    const list = await listed(new Held("f", "e", "d", "c", "b", "a"), 2);
    const before = list.items.value;
    await list.renew();
    expect(list.items.value).toBe(before);
  });

  it("leaves no gap where more has come than a page holds", async () => {
    const held = new Held("d", "c", "b", "a");
    const list = await listed(held);
    held.sessions = named("k", "j", "i", "h", "g", "f", "e", "d", "c", "b", "a");
    await list.renew();
    expect(idsOf(list.items.value)).toEqual(["k", "j", "i", "h", "g", "f", "e", "d", "c", "b"]);
    await list.ask(list.next.value);
    expect(idsOf(list.items.value).at(-1)).toBe("a");
  });

  it("drops what is gone", async () => {
    const held = new Held("c", "b", "a");
    const list = await listed(held);
    held.sessions = named("c", "a");
    await list.renew();
    expect(idsOf(list.items.value)).toEqual(["c", "a"]);
    held.sessions = [];
    await list.renew();
    expect(list.items.value).toEqual([]);
    held.sessions = named("d");
    await list.renew();
    expect(idsOf(list.items.value)).toEqual(["d"]);
  });

  it("says that it can't, keeps what there is, and goes on", async () => {
    const held = new Held("b", "a");
    const list = await listed(held);
    held.down = true;
    await list.renew();
    expect([list.why.value?.why, idsOf(list.items.value)]).toEqual(["down", ["b", "a"]]);
    held.down = false;
    held.sessions.unshift(record("c"));
    await list.renew();
    expect([list.why.value, idsOf(list.items.value)]).toEqual([null, ["c", "b", "a"]]);
  });

  it("never stands in the way of what somebody asks for", async () => {
    const held = new Held("two", "one-b", "one-a", "x", "y");
    const list = await listed(held);
    held.hold();
    const renewing = list.renew();
    const choosing = list.choose(ONE);
    await list.renew();
    await held.release();
    await Promise.all([renewing, choosing]);
    expect(idsOf(list.items.value)).toEqual(["one-b", "one-a"]);
    expect(held.asked.length).toBe(3);
  });

  it("never mixes what fits one filter with what fits another", async () => {
    const held = new Held("two", "one-b", "x", "one-a", "y");
    const list = await listed(held);
    held.down = true;
    await list.choose(ONE);
    held.down = false;
    await list.renew();
    expect(idsOf(list.items.value)).toEqual(["one-b", "one-a"]);
  });
});

describe("all that fit are chosen", () => {
  it("page by page", async () => {
    const list = await listed(new Held("f", "e", "d", "c", "b", "a", "0"));
    await list.gather();
    expect([...list.chosen.value]).toEqual(["f", "e", "d", "c", "b", "a", "0"]);
    expect(list.gathering.value).toBe(false);
  });

  it("but none where the filter is another meanwhile", async () => {
    const held = new Held("f", "one-e", "d", "c", "one-b", "a", "0");
    const list = await listed(held);
    held.hold();
    const gathering = list.gather();
    const choosing = list.choose(ONE);
    await held.release();
    await Promise.all([gathering, choosing]);
    expect(idsOf(list.items.value)).toEqual(["one-e", "one-b"]);
    expect([[...list.chosen.value], list.gathering.value]).toEqual([[], false]);
  });

  it("and no part of them for all", async () => {
    const held = new Held("f", "e", "d", "c");
    const list = await listed(held);
    list.chosen.value = new Set(["f", "e", "d"]);
    held.down = true;
    await list.gather();
    expect([[...list.chosen.value], list.why.value?.why]).toEqual([["f", "e", "d"], "down"]);
  });
});
