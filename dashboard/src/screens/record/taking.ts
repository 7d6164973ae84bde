/** The recordings or samples of many sessions, packed into files to keep (decision 0187). */
import { offer } from "../../ui/offer";
import { recordingAddress } from "./asking";
import type { Batch } from "./batch";
import type { SessionRecord } from "./record";
import { type Entry, zipped } from "./zip";

export const KINDS = ["csv", "parquet", "mcap"] as const;
export type Kind = (typeof KINDS)[number];

/** So much goes into one file at most; then another begins. */
const MOST_BYTES = 1 << 30;
const BUSY_MS = 1000;
const BUSY_TIMES = 60;

/** Fetches them one after the other; the files are offered for download as they are full. */
export async function take(
  batch: Batch<SessionRecord, number>,
  records: readonly SessionRecord[],
  kind: Kind,
): Promise<void> {
  const parcels = new Parcels(kind, MOST_BYTES);
  let part = 0;
  const give = (entries: readonly Entry[]) => {
    if (entries.length === 0) return;
    part += 1;
    offer(new Blob(zipped(entries), { type: "application/zip" }), `ilex-${kind}-${part}.zip`);
  };
  await batch.run(records, async (record) => {
    try {
      const found = await fetched(addressOf(record, kind, false));
      give(parcels.add(record, found.bytes, found.damage));
      return found.bytes.length;
    } catch (error) {
      parcels.fail(record, error instanceof Error ? error.message : String(error));
      throw error;
    }
  });
  give(parcels.take());
}

/** What goes into one file after another, each with a list of exactly what it holds, and of what failed while it was filled. */
export class Parcels {
  private readonly kind: Kind;
  private readonly most_bytes: number;
  private held: Entry[] = [];
  private rows: string[][] = [];
  private bytes = 0;

  constructor(kind: Kind, most_bytes: number) {
    this.kind = kind;
    this.most_bytes = most_bytes;
  }

  /** Puts one in, with what is wrong with its recording ("" where nothing is); the answer is the file that had no room for it any more, empty while there is room. */
  add(record: SessionRecord, bytes: Uint8Array<ArrayBuffer>, damage: string): Entry[] {
    const full = this.bytes > 0 && this.bytes + bytes.length > this.most_bytes ? this.take() : [];
    const name = nameOf(record, this.kind);
    this.held.push({ name, bytes });
    this.bytes += bytes.length;
    this.rows.push(rowOf(record, name, damage));
    return full;
  }

  /** It is listed, with the reason in place of its file. */
  fail(record: SessionRecord, fault: string): void {
    this.rows.push(rowOf(record, "", fault));
  }

  /** What there is so far, the list first; empty where nothing came. */
  take(): Entry[] {
    if (this.held.length === 0) return [];
    const list = new TextEncoder().encode(csv([COLUMNS, ...this.rows]));
    const all = [{ name: "sessions.csv", bytes: list }, ...this.held];
    this.held = [];
    this.rows = [];
    this.bytes = 0;
    return all;
  }
}

/** Where a session is fetched; a recording that is damaged is only given to who says that he knows. */
export function addressOf({ session }: SessionRecord, kind: Kind, damaged: boolean): string {
  return kind === "mcap"
    ? recordingAddress(session, damaged)
    : `/api/v1/sessions/${encodeURIComponent(session)}/table?to=${kind}`;
}

/** Machine, day and id: in order of machine and time, and nobody's name. */
export function nameOf({ machine, started_utc, session }: SessionRecord, kind: Kind): string {
  return `${machine.replace("/", "_")}_${started_utc.slice(0, 19).replace(/[:T]/g, "-")}_${session}.${kind}`;
}

const COLUMNS = ["file", "session", "machine", "started_utc", "sets", "repetitions", "missing_samples", "fault"];

function rowOf({ session, machine, started_utc, sets, completeness }: SessionRecord, file: string, fault: string) {
  const repetitions = sets.reduce((sum, set) => sum + set.full + set.short + set.partial, 0);
  const missing = `${completeness.open_ended ? ">=" : ""}${completeness.missing}`;
  return [file, session, machine, started_utc, String(sets.length), String(repetitions), missing, fault];
}

/** RFC 4180, with lines that end as everywhere else here. */
function csv(rows: readonly (readonly string[])[]): string {
  const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return `${rows.map((row) => row.map(quoted).join(",")).join("\n")}\n`;
}

/** The file, and what the service says is wrong with the recording that it was made of (decision 0201). */
async function fetched(address: string): Promise<{ bytes: Uint8Array<ArrayBuffer>; damage: string }> {
  for (let time = 1; ; time++) {
    const answer = await fetch(address);
    if (answer.ok)
      return { bytes: new Uint8Array(await answer.arrayBuffer()), damage: answer.headers.get("ilex-damage") ?? "" };
    if (answer.status !== 503 || time === BUSY_TIMES) {
      const problem = (await answer.json().catch(() => ({}))) as { detail?: string; title?: string };
      throw new Error(problem.detail ?? problem.title ?? String(answer.status));
    }
    await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
  }
}
