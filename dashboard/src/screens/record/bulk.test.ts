import { describe, expect, it } from "vitest";
import type { Plan } from "../../wire.gen";
import { Batch } from "./batch";
import { all, NONE, spanned, toggled } from "./choosing";
import { type Changed, changedOf, commonOf, csvOf, jsonlOf, Tally } from "./many";
import type { AnyEvent, SessionRecord } from "./record";
import { linesOf } from "./series";
import { nameOf, Parcels } from "./taking";
import { crc32, zipped } from "./zip";

const record = (session: string, full: number): SessionRecord =>
  ({
    session,
    machine: "clinic/one",
    started_utc: "2026-01-15T09:30:00Z",
    ended_utc: "2026-01-15T09:33:00Z",
    plan: null,
    sets: [
      { set: 1, reason: "failure", full, short: 0, partial: 0, attempt: 1, started_s: 1, at_s: 90, duration_s: 89 },
    ],
    completeness: { expected: 1, stored: 1, missing: 0, refused: 0 },
    final: true,
  }) as SessionRecord;
const tallied = (all: readonly Changed[]): Tally => {
  const made = new Tally();
  for (const one of all) made.add(one);
  return made;
};
const repetition = (n: number, extent: string): AnyEvent => ({
  kind: "repetition_completed",
  at_s: n,
  set: 1,
  repetition: n,
  extent,
});

describe("decision 0187: sessions chosen from the list", () => {
  const listed = ["a", "b", "c", "d"];
  it("one by one, by a span, all of them, and none", () => {
    expect([...toggled(toggled(NONE, "b"), "c")]).toEqual(["b", "c"]);
    expect([...toggled(new Set(["b"]), "b")]).toEqual([]);
    expect([...spanned(NONE, listed, "d", "b", true)].sort()).toEqual(["b", "c", "d"]);
    expect([...spanned(new Set(listed), listed, "a", "b", false)]).toEqual(["c", "d"]);
    expect([...all(new Set(["b"]), listed)].sort()).toEqual(listed);
    expect(all(new Set(listed), listed)).toBe(NONE);
  });
});

describe("many, one after the other", () => {
  it("tells what failed and goes on", async () => {
    const batch = new Batch<number, number>();
    const done = await batch.run([1, 2, 3], async (n) => {
      if (n === 2) throw new Error("damaged");
      return 10 * n;
    });
    expect(done).toEqual([
      { n: 0, result: 10, fault: null },
      { n: 1, result: null, fault: "damaged" },
      { n: 2, result: 30, fault: null },
    ]);
    expect([batch.state.value, batch.of.value]).toEqual(["done", 3]);
  });

  it("is stopped after the one at hand", async () => {
    const batch = new Batch<number, number>();
    await batch.run([1, 2, 3], async (n) => {
      if (n === 2) batch.stop();
      return n;
    });
    expect([batch.state.value, batch.done.value.length]).toEqual(["stopped", 2]);
  });
});

describe("many, asked for at once (decision 0230)", () => {
  const one = (n: number) => ({ n, result: n, fault: null });

  it("shows how far it is as often as something has come", async () => {
    const batch = new Batch<number, number>();
    const seen: number[] = [];
    batch.done.subscribe((done) => seen.push(done.length));
    await batch.gather(3, async (take) => {
      take([one(0), one(2)]);
      take([one(1)]);
    });
    expect([batch.state.value, batch.of.value, seen]).toEqual(["done", 3, [0, 0, 2, 3]]);
  });

  it("is stopped at once, and keeps what has come", async () => {
    const batch = new Batch<number, number>();
    await batch.gather(3, async (take, signal) => {
      take([one(0)]);
      batch.stop();
      take([one(1)]);
      signal.throwIfAborted();
    });
    expect([batch.state.value, batch.done.value]).toEqual(["stopped", [one(0)]]);
  });

  it("tells who asked of what broke it off, and keeps what has come", async () => {
    const batch = new Batch<number, number>();
    const broken = batch.gather(3, async (take) => {
      take([one(0)]);
      throw new Error("the line");
    });
    await expect(broken).rejects.toThrow("the line");
    expect([batch.state.value, batch.done.value.length]).toEqual(["stopped", 1]);
  });

  it("reads whole lines, however they are cut on their way", async () => {
    const bytes = new TextEncoder().encode('{"session":"ä"}\n{"session":"b"}\n');
    const cut = [bytes.slice(0, 13), bytes.slice(13, 20), bytes.slice(20)];
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const part = cut.shift();
        if (part === undefined) controller.close();
        else controller.enqueue(part);
      },
    });
    const lines: string[] = [];
    for await (const some of linesOf(body)) lines.push(...some);
    expect(lines).toEqual(['{"session":"ä"}', '{"session":"b"}']);
  });
});

describe("what a rerun changes in many sessions", () => {
  const none = { only_before: [], only_after: [], changed: [] };
  const demoted = {
    ...none,
    changed: [{ before: repetition(9, "partial"), after: repetition(9, "attempt"), fields: ["extent"] }],
  };
  const moved = {
    ...none,
    changed: [
      {
        before: { ...repetition(3, "full"), hold_s: 2 },
        after: { ...repetition(3, "full"), hold_s: 2.01 },
        fields: ["hold_s"],
      },
    ],
  };
  const more = { ...none, only_after: [repetition(10, "short"), { kind: "failure", at_s: 99, set: 1 }] };
  const found = [
    changedOf(record("s1", 9), none),
    changedOf(record("s2", 9), demoted),
    changedOf(record("s3", 9), more),
    changedOf(record("s4", 9), moved),
  ];

  it("starts another plan for all from the first, without what is one patient's", () => {
    const range = { flexion_deg: 60, extension_deg: 6 };
    const own = { session: "s2", label: "Blau 7", range, past: [] } as unknown as Plan;
    expect(commonOf([record("s1", 9), { ...record("s2", 9), plan: own }])).toEqual({
      session: null,
      label: null,
      range,
    });
    expect(commonOf([record("s1", 9)])).toBeNull();
  });

  it("counts repetitions before and after as a set does", () => {
    expect(found.map(({ repetitions }) => repetitions)).toEqual([
      { before: 9, after: 9 },
      { before: 9, after: 8 },
      { before: 9, after: 10 },
      { before: 9, after: 9 },
    ]);
    expect(tallied(found).sum).toEqual({
      sessions: 4,
      different: 2,
      before: 36,
      after: 36,
      recounted: 2,
      cut: 0,
      judged: null,
    });
  });

  it("counts those of which only the rest could be compared, and says in the table what is wrong", () => {
    const cut = changedOf(record("s5", 9), { ...none, damage: 'byte 9: a "chunk", or worse' });
    expect(tallied([...found, cut]).sum.cut).toBe(1);
    expect(csvOf([cut]).split("\n")[1]).toMatch(/,0,,"byte 9: a ""chunk"", or worse"$/);
  });

  it("says whether it is better by what therapists have said", () => {
    const judged = [
      { before: 1, after: 2, of: 2 },
      { before: 3, after: 2, of: 4 },
      { before: 1, after: 1, of: 1 },
    ].map((labels, n) => changedOf(record(`s${n}`, 9), { ...none, labels }));
    expect(tallied([...found, ...judged]).sum.judged).toEqual({ before: 5, after: 5, of: 7, better: 1, worse: 1 });
    expect(csvOf(judged).split("\n")[1]).toBe("s0,clinic/one,2026-01-15T09:30:00Z,9,9,0,0,0,1,2,2,,");
  });

  it("puts first what changes most, and leaves out what only moved a little", () => {
    expect(tallied(found).most.map((one) => one.record.session)).toEqual(["s3", "s2"]);
    expect(tallied(found).kinds).toEqual([
      { kind: "repetition_completed", before: 0, after: 1, changed: 1, sessions: 2 },
      { kind: "failure", before: 0, after: 1, changed: 0, sessions: 1 },
    ]);
  });

  it("keeps those that change as much in the order in which they came", () => {
    const again = ["s5", "s6", "s7"].map((id, n) => changedOf(record(id, 9), n === 1 ? more : demoted));
    expect(tallied([...found, ...again]).most.map((one) => one.record.session)).toEqual(["s3", "s6", "s2", "s5", "s7"]);
  });

  it("looks at each session once, however many there are", () => {
    const looks = Array.from({ length: 1000 }, () => 0);
    const all = new Tally();
    for (const n of looks.keys()) {
      const one = changedOf(record(`s${n}`, 9), n % 2 === 0 ? demoted : none);
      all.add({
        ...one,
        get lines() {
          looks[n] = (looks[n] ?? 0) + 1;
          return one.lines;
        },
      });
    }
    expect([all.sum.sessions, all.sum.different, all.kinds[0]?.sessions]).toEqual([1000, 500, 500]);
    expect(Math.max(...looks)).toBe(1);
  });

  it("is written as a table and as lines, with every session", () => {
    const [head, first, , third] = csvOf(found).split("\n");
    expect(head).toMatch(/^session,machine,/);
    expect(first).toBe("s1,clinic/one,2026-01-15T09:30:00Z,9,9,0,0,0,,,0,,");
    expect(third).toBe("s3,clinic/one,2026-01-15T09:30:00Z,9,10,0,2,0,,,0,repetition_completed failure,");
    expect(
      jsonlOf(found)
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).session),
    ).toEqual(["s1", "s2", "s3", "s4"]);
  });
});

describe("what is taken along", () => {
  it("bears machine, day and id, and nobody's name", () => {
    expect(nameOf(record("s1", 9), "csv")).toBe("clinic_one_2026-01-15-09-30-00_s1.csv");
  });

  it("comes in files that each list exactly what they hold, and what failed meanwhile", () => {
    const parcels = new Parcels("parquet", 10);
    const told = (entries: readonly { name: string; bytes: Uint8Array }[]) =>
      entries.map(({ name, bytes }) => (name === "sessions.csv" ? new TextDecoder().decode(bytes).split("\n") : name));
    const [head, file, rest] = [
      "file,session,machine,started_utc,sets,repetitions,missing_samples,fault",
      (id: string) => `clinic_one_2026-01-15-09-30-00_${id}.parquet`,
      "clinic/one,2026-01-15T09:30:00Z,1,9,0",
    ];
    expect(parcels.take()).toEqual([]);
    expect(parcels.add(record("s1", 9), new Uint8Array(6), "")).toEqual([]);
    parcels.fail(record("s2", 9), 'one.mcap: "end", or worse');
    expect(parcels.add(record("s3", 9), new Uint8Array(4), "byte 9: a chunk")).toEqual([]);
    expect(told(parcels.add(record("s4", 9), new Uint8Array(20), ""))).toEqual([
      [
        head,
        `${file("s1")},s1,${rest},`,
        `,s2,${rest},"one.mcap: ""end"", or worse"`,
        `${file("s3")},s3,${rest},byte 9: a chunk`,
        "",
      ],
      file("s1"),
      file("s3"),
    ]);
    parcels.fail(record("s5", 9), "gone");
    expect(told(parcels.take())).toEqual([[head, `${file("s4")},s4,${rest},`, `,s5,${rest},gone`, ""], file("s4")]);
    expect(parcels.take()).toEqual([]);
  });

  it("is a ZIP whose directory says where each file lies, how long it is and its checksum", async () => {
    const text = new TextEncoder();
    expect(crc32(text.encode("123456789"))).toBe(0xcbf43926);
    const entries = [
      { name: "Übung.csv", bytes: text.encode("t_s\n0\n") },
      { name: "b.bin", bytes: new Uint8Array(70_000).fill(7) },
    ];
    const bytes = Buffer.from(await new Blob(zipped(entries)).arrayBuffer());
    const end = bytes.length - 22;
    expect([bytes.readUInt32LE(end), bytes.readUInt16LE(end + 10)]).toEqual([0x06054b50, 2]);
    let at = bytes.readUInt32LE(end + 16);
    for (const { name, bytes: wanted } of entries) {
      expect(bytes.readUInt32LE(at)).toBe(0x02014b50);
      const [length, label, offset] = [
        bytes.readUInt32LE(at + 24),
        bytes.readUInt16LE(at + 28),
        bytes.readUInt32LE(at + 42),
      ];
      expect(bytes.subarray(at + 46, at + 46 + label).toString()).toBe(name);
      expect(bytes.readUInt32LE(offset)).toBe(0x04034b50);
      const data = offset + 30 + bytes.readUInt16LE(offset + 26);
      expect(bytes.subarray(data, data + length).equals(Buffer.from(wanted))).toBe(true);
      expect(bytes.readUInt32LE(at + 16)).toBe(crc32(wanted));
      at += 46 + label;
    }
    expect(at).toBe(end);
  });
});
