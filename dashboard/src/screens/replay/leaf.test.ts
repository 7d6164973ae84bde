import { afterEach, describe, expect, it, vi } from "vitest";
import {
  asksAgain,
  behind,
  type Checksums,
  copied,
  dump,
  Leaf,
  members,
  opened,
  proven,
  type RawMessage,
  utc,
} from "./leaf";

const MESSAGE: RawMessage = {
  topic: "/samples",
  number: 3,
  count: 5,
  at_s: 0.04,
  log_time_ns: "1790000000040000000",
  publish_time_ns: "1790000002040000000",
  sequence: 0,
  encoding: "msgpack",
  schema: "ilex.SampleBatch",
  size: 20,
  hex: "86a4626f6f74d92430313938613562322d313131",
  fields: { boot: '"b"', t0: "9007199254740993", angle: "[6.78000021,null]" },
  unreadable: null,
  cut: false,
};
const CHANNEL = { encoding: "json", schema: null, first_s: 0, last_s: 1 };
const CONTENTS = {
  open: false,
  channels: [
    { ...CHANNEL, topic: "/inputs", messages: 0 },
    { ...CHANNEL, topic: "/signals", messages: 5 },
  ],
};

function serve(): { asked: string[]; answer: () => void } {
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path.replace("/api/v1/sessions/s1/", ""));
    if (path.endsWith("/contents")) return new Response(JSON.stringify(CONTENTS));
    await new Promise<void>((done) => waiting.push(done));
    const at = Number(/number=(\d+)/.exec(path)?.[1] ?? 2);
    return new Response(JSON.stringify({ ...MESSAGE, number: at, at_s: at / 100 }));
  });
  const answer = () => {
    for (const done of waiting.splice(0)) done();
  };
  return { asked, answer };
}

afterEach(() => vi.unstubAllGlobals());

describe("robustness-and-screens 3.5: the raw message at the playhead", () => {
  it("is asked for one at a time, the newest place next; a channel without messages is not shown", async () => {
    const { asked, answer } = serve();
    const leaf = new Leaf("s1", () => undefined);
    await leaf.open();
    expect(leaf.topic.value).toBe("/signals");
    for (const at_s of [1, 2, 3]) leaf.show(at_s);
    expect(asked).toEqual(["contents", "message?topic=%2Fsignals&at=0"]);
    answer();
    await vi.waitFor(() => expect(asked).toHaveLength(3));
    expect(asked.at(-1)).toBe("message?topic=%2Fsignals&at=3");
    answer();
    await vi.waitFor(() => expect(leaf.message.value?.number).toBe(2));
    leaf.close();
  });

  it("is stepped through, takes the playhead along, and stays where others have its time", async () => {
    const { asked, answer } = serve();
    const sought: number[] = [];
    const leaf = new Leaf("s1", (at_s) => {
      sought.push(at_s);
      leaf.show(at_s);
    });
    await leaf.open();
    answer();
    await vi.waitFor(() => expect(leaf.message.value?.number).toBe(2));
    leaf.step(1);
    answer();
    await vi.waitFor(() => expect(leaf.message.value?.number).toBe(3));
    expect(sought).toEqual([0.03]);
    expect(asked.filter((path) => path.includes("message"))).toHaveLength(2);
    leaf.close();
  });

  it("is copied with all that goes with it, its numbers as they were written", () => {
    const text = copied(MESSAGE);
    expect(text).toContain('"t0":9007199254740993,"angle":[6.78000021,null]');
    expect(JSON.parse(text)).toMatchObject({
      topic: "/samples",
      log_time_ns: "1790000000040000000",
      message: { boot: "b" },
    });
    expect(JSON.parse(copied({ ...MESSAGE, fields: null }))).toMatchObject({ hex: MESSAGE.hex });
  });

  it("has its times to the nanosecond, and says how much later it came", () => {
    expect(utc("1790000000040000001")).toBe("2026-09-21T14:13:20.040000001Z");
    expect(behind(MESSAGE)).toBe(2);
  });

  it("has its bytes as a dump", () => {
    expect(dump(MESSAGE.hex).split("\n")).toEqual([
      "0000  86 a4 62 6f 6f 74 d9 24  ..boot.$",
      "0008  30 31 39 38 61 35 62 32  0198a5b2",
      `0010  2d 31 31 31${" ".repeat(14)}-111`,
    ]);
  });

  it("lays metadata that is an object out by its members, and nothing else", () => {
    const text = '{"partial":0.85,"of":"x"}';
    expect(members({ text, length: text.length })).toEqual([
      ["partial", "0.85"],
      ["of", "x"],
    ]);
    expect([
      members({ text: "s1", length: 2 }),
      members({ text: "{bad", length: 4 }),
      members({ text, length: 99 }),
    ]).toEqual([null, null, null]);
  });

  it("is opened in Lichtblick at the playhead, by an address that lends this one recording", async () => {
    vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ path: "/api/v1/sessions/s1/lent/c/s1.mcap" })));
    const address = new URL(
      await opened("s1", "https://view.example/lb/", "1790000000040000001", "https://ilex.example"),
    );
    expect(`${address.origin}${address.pathname}`).toBe("https://view.example/lb/");
    expect(Object.fromEntries(address.searchParams)).toEqual({
      ds: "remote-file",
      "ds.url": "https://ilex.example/api/v1/sessions/s1/lent/c/s1.mcap",
      time: "2026-09-21T14:13:20.040000001Z",
    });
  });
});

describe("decision 0235: the checksums of a recording", () => {
  const sums: Checksums = {
    size: 100,
    sha256: "ab",
    chunks: 3,
    chunks_bad: 0,
    chunks_unsummed: 0,
    seals: 0,
    seals_bad: 0,
    faults: [],
  };

  it("prove that it is as it was written only where all of it has one", () => {
    expect(proven(sums)).toBe(true);
    expect(proven({ ...sums, chunks_unsummed: 1 })).toBe(false);
    expect(proven({ ...sums, chunks: 0 })).toBe(false);
    expect(proven({ ...sums, faults: ["byte 8: a chunk's checksum doesn't fit its content"] })).toBe(false);
  });

  it("are asked for again where they were not to be had, or of a file that grew", () => {
    const again = [null, "failed" as const, { ...sums, sha256: null }, "asked" as const, sums].map(asksAgain);
    expect(again).toEqual([true, true, true, false, false]);
  });
});
