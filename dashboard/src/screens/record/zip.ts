/** Files in one file (ZIP, stored as they are: recordings and tables are packed already). Pure. APPNOTE 6.3, without its 64-bit parts. */

export interface Entry {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
/** Names are UTF-8. */
const FLAGS = 0x0800;
const VERSION = 20;
/** The first day that the format knows; what is packed bears its own times. */
const DAY = (1 << 5) | 1;

/** The parts of the file, in order; the entries' bytes are not copied. At most 4 GiB and 65,535 entries. */
export function zipped(entries: readonly Entry[]): Uint8Array<ArrayBuffer>[] {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const { name, bytes } of entries) {
    const label = new TextEncoder().encode(name);
    const about = [VERSION, FLAGS, 0, 0, DAY, crc32(bytes), bytes.length, bytes.length, label.length, 0] as const;
    const head = record(LOCAL, fieldsOf(about), label);
    directory.push(
      record(CENTRAL, [[2, VERSION], ...fieldsOf(about), [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]], label),
    );
    parts.push(head, bytes);
    offset += head.length + bytes.length;
  }
  const size = directory.reduce((sum, one) => sum + one.length, 0);
  const count = entries.length;
  const end = record(END, [
    [2, 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, size],
    [4, offset],
    [2, 0],
  ]);
  return [...parts, ...directory, end];
}

type Field = readonly [bytes: 2 | 4, value: number];

/** Version, flags, method, time, day, checksum, both sizes, lengths of the name and of more. */
function fieldsOf(values: readonly number[]): Field[] {
  const widths = [2, 2, 2, 2, 2, 4, 4, 4, 2, 2] as const;
  return widths.map((width, n) => [width, values[n] ?? 0]);
}

function record(signature: number, fields: readonly Field[], label = new Uint8Array(0)): Uint8Array<ArrayBuffer> {
  const length = 4 + fields.reduce((sum, [bytes]) => sum + bytes, 0);
  const made = new Uint8Array(length + label.length);
  const view = new DataView(made.buffer);
  view.setUint32(0, signature, true);
  let at = 4;
  for (const [bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  made.set(label, length);
  return made;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

export function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (TABLE[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}
