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
  let held: Entry[] = [];
  let bytes = 0;
  let part = 0;
  const give = () => {
    if (held.length === 0) return;
    part += 1;
    offer(new Blob(zipped(held), { type: "application/zip" }), `ilex-${kind}-${part}.zip`);
    held = [];
    bytes = 0;
  };
  await batch.run(records, async (record) => {
    const found = await fetched(addressOf(record, kind));
    if (bytes > 0 && bytes + found.length > MOST_BYTES) give();
    held.push({ name: nameOf(record, kind), bytes: found });
    bytes += found.length;
    return found.length;
  });
  if (held.length > 0) held.unshift({ name: "sessions.csv", bytes: new TextEncoder().encode(listOf(records, kind)) });
  give();
}

function addressOf({ session }: SessionRecord, kind: Kind): string {
  return kind === "mcap"
    ? recordingAddress(session, false)
    : `/api/v1/sessions/${encodeURIComponent(session)}/table?to=${kind}`;
}

/** Machine, day and id: in order of machine and time, and nobody's name. */
export function nameOf({ machine, started_utc, session }: SessionRecord, kind: Kind): string {
  return `${machine.replace("/", "_")}_${started_utc.slice(0, 19).replace(/[:T]/g, "-")}_${session}.${kind}`;
}

/** What was taken: one line a session. */
export function listOf(records: readonly SessionRecord[], kind: Kind): string {
  const rows = records.map((record) => {
    const { session, machine, started_utc, sets, completeness } = record;
    const repetitions = sets.reduce((sum, set) => sum + set.full + set.short + set.partial, 0);
    return [nameOf(record, kind), session, machine, started_utc, sets.length, repetitions, completeness.missing].join(
      ",",
    );
  });
  return ["file,session,machine,started_utc,sets,repetitions,missing_samples", ...rows, ""].join("\n");
}

async function fetched(address: string): Promise<Uint8Array<ArrayBuffer>> {
  for (let time = 1; ; time++) {
    const answer = await fetch(address);
    if (answer.ok) return new Uint8Array(await answer.arrayBuffer());
    if (answer.status !== 503 || time === BUSY_TIMES) {
      const problem = (await answer.json().catch(() => ({}))) as { detail?: string; title?: string };
      throw new Error(problem.detail ?? problem.title ?? String(answer.status));
    }
    await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
  }
}
