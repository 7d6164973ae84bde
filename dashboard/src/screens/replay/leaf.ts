/** A recording leafed through: what it holds, one message at a time (decision 0235). Knows no framework but its signals. */
import { signal } from "@preact/signals";
import { browser } from "../../live/browser";
import { type Unanswered, unanswered, whyOf } from "../record/asking";
import { kept, remember } from "./moment";

/** A text of the recording; `length` is that of the whole of it, where it was cut. */
export interface Text {
  text: string;
  length: number;
}

export interface Channel {
  topic: string;
  encoding: string;
  schema: string | null;
  messages: number;
  first_s: number | null;
  last_s: number | null;
}

export interface Contents {
  size: number;
  library: string;
  profile: string;
  first_utc_ns: string | null;
  channels: Channel[];
  schemas: { name: string; encoding: string; content: Text }[];
  metadata: { name: string; pairs: Record<string, Text> }[];
  attachments: { name: string; media_type: string; size: number }[];
  chunks: number;
  packed: number;
  unpacked: number;
  compressions: string[];
  open: boolean;
  damage: string | null;
}

export interface RawMessage {
  topic: string;
  number: number;
  count: number;
  at_s: number;
  log_time_ns: string;
  publish_time_ns: string;
  sequence: number;
  encoding: string;
  schema: string | null;
  size: number;
  hex: string;
  /** Each member in JSON; null where it could not be read. */
  fields: Record<string, string> | null;
  unreadable: string | null;
  cut: boolean;
}

export interface Checksums {
  size: number;
  sha256: string | null;
  chunks: number;
  chunks_bad: number;
  /** So many have no checksum. */
  chunks_unsummed: number;
  seals: number;
  seals_bad: number;
  faults: string[];
}

const USUAL = "/samples";

async function get<Kind>(session: string, what: string): Promise<Kind> {
  const answer = await browser.ask(`/api/v1/sessions/${encodeURIComponent(session)}/${what}`);
  if (!answer.ok) throw await unanswered(answer);
  return (await answer.json()) as Kind;
}

/** The Lichtblick that the operator has named; null where there is none. */
export async function viewer(): Promise<string | null> {
  const answer = await browser.ask("/api/v1/viewer");
  if (!answer.ok) throw await unanswered(answer);
  return ((await answer.json()) as { lichtblick: string | null }).lichtblick;
}

/** The address that opens a recording in a Lichtblick at a moment (`time`: UTC in ns): it is lent for that. Raises Unanswered. */
export async function opened(session: string, lichtblick: string, time: string, origin: string): Promise<string> {
  const answer = await browser.ask(`/api/v1/sessions/${encodeURIComponent(session)}/loan`, { method: "POST" });
  if (!answer.ok) throw await unanswered(answer);
  const { path } = (await answer.json()) as { path: string };
  const address = new URL(lichtblick);
  address.searchParams.set("ds", "remote-file");
  address.searchParams.set("ds.url", origin + path);
  address.searchParams.set("time", utc(time));
  return address.href;
}

/** What the service has said of the checksums, or that it is asked, or has not answered. */
export type Asked = Checksums | "asked" | "failed" | null;

/** Nothing final has been said: not yet, not at all, or of a file that grew. */
export function asksAgain(said: Asked): boolean {
  return said === null || said === "failed" || (said !== "asked" && said.sha256 === null);
}

/** By its checksums all of it is as it was written: no fault, and nothing without a sum. */
export function proven({ chunks, chunks_unsummed, seals, faults }: Checksums): boolean {
  return faults.length === 0 && chunks_unsummed === 0 && chunks + seals > 0;
}

export const checksums = (session: string): Promise<Checksums> => get(session, "checksums");

/**
 * The leaf that is open. One question is on its way at a time, the newest waits for its answer: who drags the playhead gets messages as fast
 * as they come. A message that was stepped to stays, though others have its time.
 */
export class Leaf {
  readonly contents = signal<Contents | null>(null);
  readonly message = signal<RawMessage | null>(null);
  readonly why = signal<Unanswered | null>(null);
  readonly topic = signal<string>(kept("topic", USUAL));
  private readonly session: string;
  private readonly sought: (at_s: number) => void;
  private asking = false;
  private next: string | null = null;
  private shown = "";
  private held_s: number | null = null;
  private at_s = 0;
  private closed = false;

  /** `sought` is told the time of a message that was stepped to. */
  constructor(session: string, sought: (at_s: number) => void) {
    this.session = session;
    this.sought = sought;
  }

  /** What the recording holds, anew; the topic is one that has messages. */
  async open(): Promise<void> {
    try {
      const found = await get<Contents>(this.session, "contents");
      if (this.closed) return;
      this.contents.value = found;
      const full = found.channels.filter(({ messages }) => messages > 0).map(({ topic }) => topic);
      if (!full.includes(this.topic.value) && full[0] !== undefined) this.topic.value = full[0];
      this.show(this.at_s);
    } catch (error) {
      if (!this.closed) this.why.value = whyOf(error);
    }
  }

  choose(topic: string): void {
    this.topic.value = topic;
    remember("topic", topic);
    this.held_s = null;
    this.show(this.at_s);
  }

  /** The last message up to a time. */
  show(at_s: number): void {
    this.at_s = at_s;
    if (this.contents.value === null || at_s === this.held_s) return;
    this.held_s = null;
    this.ask(`at=${at_s}`);
  }

  /** The message before, or after, the one that is shown. */
  step(by: 1 | -1): void {
    const { value } = this.message;
    if (value === null || value.number + by < 1 || value.number + by > value.count) return;
    this.ask(`number=${value.number + by}`);
  }

  close(): void {
    this.closed = true;
  }

  private ask(which: string): void {
    const query = `message?topic=${encodeURIComponent(this.topic.value)}&${which}`;
    if (this.asking) {
      this.next = query;
      return;
    }
    // The same again, of a file that does not grow, is the same.
    if (query === this.shown && this.contents.value?.open === false) return;
    void this.fetch(query);
  }

  private async fetch(query: string): Promise<void> {
    this.asking = true;
    try {
      const found = await get<RawMessage>(this.session, query);
      if (this.closed) return;
      this.shown = query;
      this.message.value = found;
      this.why.value = null;
      if (query.includes("&number=") && this.next === null) {
        this.held_s = this.at_s = found.at_s;
        this.sought(found.at_s);
      }
    } catch (error) {
      if (!this.closed) this.why.value = whyOf(error);
    } finally {
      this.asking = false;
      const { next } = this;
      this.next = null;
      if (next !== null && !this.closed) void this.fetch(next);
    }
  }
}

/** The message with all that goes with it, to be pasted elsewhere: JSON, its numbers as they were written. */
export function copied(message: RawMessage): string {
  const { fields, hex, unreadable, cut, ...about } = message;
  const said =
    fields === null || cut
      ? `"hex":${JSON.stringify(hex)}`
      : `"message":{${Object.entries(fields)
          .map(([name, value]) => `${JSON.stringify(name)}:${value}`)
          .join(",")}}`;
  return `${JSON.stringify(about).slice(0, -1)},${said}}`;
}

/** Bytes as a dump: where, eight of them (the panel is no wider), what of them are letters. */
export function dump(hex: string): string {
  const rows: string[] = [];
  for (let at = 0; at < hex.length; at += 16) {
    const bytes = hex.slice(at, at + 16).match(/../g) ?? [];
    const letters = bytes.map((byte) => {
      const code = Number.parseInt(byte, 16);
      return code >= 32 && code < 127 ? String.fromCharCode(code) : ".";
    });
    rows.push(`${(at / 2).toString(16).padStart(4, "0")}  ${bytes.join(" ").padEnd(23)}  ${letters.join("")}`);
  }
  return rows.join("\n");
}

/** A time in ns since 1970, as text, to the nanosecond. */
export function utc(ns: string): string {
  const whole = ns.padStart(10, "0");
  const date = new Date(Number(whole.slice(0, -9)) * 1000);
  return Number.isNaN(date.getTime()) ? ns : `${date.toISOString().slice(0, 19)}.${whole.slice(-9)}Z`;
}

/** So much later it came than it was logged, s; 0 where it was on time. */
export function behind({ log_time_ns, publish_time_ns }: RawMessage): number {
  return Number(BigInt(publish_time_ns) - BigInt(log_time_ns)) / 1e9;
}

/** A text that is a JSON object, member by member with its value in short; null for any other. */
export function members({ text, length }: Text): [string, string][] | null {
  if (text.length < length || !text.startsWith("{")) return null;
  try {
    const found = JSON.parse(text) as Record<string, unknown>;
    return Object.entries(found).map(([name, value]) => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
  } catch {
    return null;
  }
}
