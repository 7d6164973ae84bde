import { describe, expect, it } from "vitest";
import { decode, placeAt, stretches, traces, valueAt } from "./columns";

/** Bytes as the service writes them (decision 0152). */
function bytes(about: object, columns: { name: string; type: "f4" | "f8"; values: number[] }[]): ArrayBuffer {
  const described = columns.map(({ name, type, values }) => ({ name, type, rows: values.length }));
  let header = JSON.stringify({ ...about, columns: described });
  header += " ".repeat((8 - (header.length % 8)) % 8);
  const parts = columns.map(({ type, values }) => {
    const raw = new Uint8Array((type === "f4" ? Float32Array : Float64Array).from(values).buffer);
    const padded = new Uint8Array(Math.ceil(raw.length / 8) * 8);
    padded.set(raw);
    return padded;
  });
  const all = new Uint8Array(16 + header.length + parts.reduce((sum, part) => sum + part.length, 0));
  all.set(new TextEncoder().encode("ILEXCOL1"));
  new DataView(all.buffer).setUint32(8, header.length, true);
  all.set(new TextEncoder().encode(header), 16);
  let at = 16 + header.length;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all.buffer;
}

const ABOUT = { from_s: 0, to_s: 1, width_s: 0, period_s: 0.01, length_s: 1, open: false };
const names = ["angle_deg", "torque_nm", "speed_deg_s", "cue_deg"];

describe("decision 0152: columns", () => {
  it("are viewed in place, by name", () => {
    const found = decode(
      bytes(ABOUT, [
        { name: "t_s", type: "f8", values: [0, 0.01, 0.02] },
        ...names.map((name, n) => ({ name, type: "f4" as const, values: [n, Number.NaN, n + 2] })),
      ]),
    );
    const lines = traces(found);
    expect([...lines.t_s]).toEqual([0, 0.01, 0.02]);
    expect([...lines.values.torque_nm]).toEqual([1, Number.NaN, 3]);
    expect([
      valueAt(lines, "torque_nm", 0.021),
      valueAt(lines, "torque_nm", 0.012),
      valueAt(lines, "torque_nm", 0.2),
    ]).toEqual([3, null, null]);
    expect([
      found.column("none").length,
      placeAt(lines.t_s, -1),
      placeAt(lines.t_s, 0.015),
      placeAt(lines.t_s, 9),
    ]).toEqual([0, -1, 1, 2]);
  });

  it("of stretches become lines from the least value to the greatest", () => {
    const both = names.flatMap((name) => [
      { name: `${name}.low`, type: "f4" as const, values: [1, 3] },
      { name: `${name}.high`, type: "f4" as const, values: [2, 5] },
    ]);
    const lines = traces(
      decode(bytes({ ...ABOUT, width_s: 0.5 }, [{ name: "t_s", type: "f8", values: [0, 0.5] }, ...both])),
    );
    expect([...lines.t_s]).toEqual([0, 0.25, 0.5, 0.75]);
    expect([...lines.values.angle_deg]).toEqual([1, 2, 3, 5]);
  });

  const holed = (about: object, t_s: number[], values: number[]) =>
    stretches(
      traces(
        decode(
          bytes({ ...ABOUT, ...about }, [
            { name: "t_s", type: "f8", values: t_s },
            ...names.map((name) => ({ name, type: "f4" as const, values })),
          ]),
        ),
      ),
    );

  it("tell by themselves where a session has nothing, but not how the rest came", () => {
    expect(holed({ period_s: 0.4 }, [0, 0.4, 0.8], [1, Number.NaN, 2])).toEqual([
      { kind: "unknown", from_s: 0, to_s: 0.4 },
      { kind: "gap", from_s: 0.4, to_s: 0.8 },
      { kind: "unknown", from_s: 0.8, to_s: 1 },
    ]);
  });

  it("have a gap from a period after the last reading on, though the row that stands for it lies in its middle", () => {
    // As the service cuts samples at 0, 0.01, 0.02 (one lost) 0.04, then none up to 0.6.
    const found = holed({}, [0, 0.01, 0.02, 0.04, 0.32, 0.6, 0.61], [1, 1, 1, 1, Number.NaN, 2, 2]);
    expect(found.map(({ kind }) => kind)).toEqual(["unknown", "gap", "unknown"]);
    expect(found.map(({ from_s }) => from_s)).toEqual([0, expect.closeTo(0.05, 9), 0.6]);
    expect(found.map(({ to_s }) => to_s)).toEqual([expect.closeTo(0.05, 9), 0.6, expect.closeTo(0.62, 9)]);
  });

  it("of stretches have a gap from the end of the last one with a reading on", () => {
    const both = names.flatMap((name) =>
      ["low", "high"].map((which) => ({
        name: `${name}.${which}`,
        type: "f4" as const,
        values: [1, Number.NaN, Number.NaN, 2],
      })),
    );
    const columns = [{ name: "t_s", type: "f8" as const, values: [0, 0.25, 0.5, 0.75] }, ...both];
    expect(stretches(traces(decode(bytes({ ...ABOUT, width_s: 0.25 }, columns))))).toEqual([
      { kind: "unknown", from_s: 0, to_s: 0.25 },
      { kind: "gap", from_s: 0.25, to_s: 0.75 },
      { kind: "unknown", from_s: 0.75, to_s: 1 },
    ]);
  });

  it("of another kind are refused", () => {
    expect(() => decode(new ArrayBuffer(4))).toThrow("not columns");
    expect(() => decode(new ArrayBuffer(64))).toThrow("not columns");
  });
});
