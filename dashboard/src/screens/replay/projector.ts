/** Fetches what the patient's screen was sent, a stretch at a time, for the mirror to show. */
import { signal } from "@preact/signals";
import { events, whyOf } from "../record/asking";
import { internals, signals } from "./asking";
import type { Bench } from "./bench";
import type { About } from "./columns";
import { Mirror, reelOf, type Story } from "./mirror";

/** Stretches in one answer; at 50 frames a second all of 5 min. */
const POINTS = 8192;
/** How much is fetched at a time, and how far beyond the moment at least, s. */
const SPAN_S = 150;
const AHEAD_S = 30;
const AGAIN_MS = 3000;

export class Projector {
  readonly state = signal<"loading" | "ready" | "failed">("loading");
  mirror: Mirror | null = null;
  private readonly bench: Bench;
  private asking = false;
  /** Not before this it is asked again. */
  private next_ms = Number.NEGATIVE_INFINITY;
  /** More may have been told than is known here. */
  private open: boolean;
  private closed = false;

  constructor(bench: Bench) {
    this.bench = bench;
    this.open = bench.open.peek();
  }

  /** Whether a moment can be shown; what is missing for it is asked for. */
  want(at_s: number, now_ms: number): boolean {
    if (this.mirror?.has(at_s) === true) return true;
    // What the screen is put together from takes seconds to make: first the picture that the page is opened for.
    if (!this.asking && now_ms > this.next_ms && this.bench.exact) void this.fetch(at_s, now_ms);
    return false;
  }

  close(): void {
    this.closed = true;
  }

  private async fetch(at_s: number, now_ms: number): Promise<void> {
    const { bench } = this;
    this.asking = true;
    try {
      const mirror = this.mirror ?? new Mirror(await this.story((await internals(bench.id, null, 16)).about));
      // Of a session that runs only what has come since, a finished one's at once with what it may be looked back at in.
      const from_s = this.open ? mirror.from(at_s) : mirror.begins(at_s);
      const view = { from_s, to_s: Math.max(from_s + SPAN_S, at_s + AHEAD_S) };
      const [inside, samples] = await Promise.all([internals(bench.id, view, POINTS), signals(bench.id, view, POINTS)]);
      // Asked for after what was measured, what was told holds all that belongs to it.
      if (this.open) mirror.tell(await this.story(inside.about));
      if (this.closed) return;
      this.open = inside.about.open || bench.open.peek();
      mirror.give(reelOf(inside, samples, mirror.story.coverage));
      this.mirror = mirror;
      this.state.value = "ready";
      this.next_ms = mirror.has(at_s) ? now_ms : now_ms + AGAIN_MS;
    } catch (error) {
      // What is wrong with a recording stays so: reading it again and again finds the same.
      const lasts = whyOf(error).ofRecording && !bench.open.peek();
      this.next_ms = lasts ? Number.POSITIVE_INFINITY : now_ms + AGAIN_MS;
      this.state.value = "failed";
    } finally {
      this.asking = false;
    }
  }

  private async story({ cues = [] }: About): Promise<Story> {
    const { id, record } = this.bench;
    const told = await events(id, "live");
    const { machine = "", plan = null, started_utc = "", coverage = [], notes = [] } = record.peek() ?? {};
    return { session: id, machine, plan, started_utc, events: told ?? [], cues, coverage, notes };
  }
}
