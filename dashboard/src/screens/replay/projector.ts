/** Fetches what the patient's screen was sent, a stretch at a time, for the mirror to show. */
import { signal } from "@preact/signals";
import { events } from "../record/asking";
import { internals, signals } from "./asking";
import type { Bench } from "./bench";
import { Mirror, reelOf } from "./mirror";

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
  private failed_ms = Number.NEGATIVE_INFINITY;
  private closed = false;

  constructor(bench: Bench) {
    this.bench = bench;
  }

  /** Whether a moment can be shown; what is missing for it is asked for. */
  want(at_s: number, now_ms: number): boolean {
    if (this.mirror?.has(at_s) === true) return true;
    if (!this.asking && now_ms - this.failed_ms > AGAIN_MS) void this.fetch(at_s, now_ms);
    return false;
  }

  close(): void {
    this.closed = true;
  }

  private async fetch(at_s: number, now_ms: number): Promise<void> {
    const { bench } = this;
    this.asking = true;
    try {
      const mirror = this.mirror ?? (await this.story());
      const from_s = mirror.begins(at_s);
      const view = { from_s, to_s: Math.max(from_s + SPAN_S, at_s + AHEAD_S) };
      const [inside, samples] = await Promise.all([internals(bench.id, view, POINTS), signals(bench.id, view, POINTS)]);
      if (this.closed) return;
      mirror.give(reelOf(inside, samples, mirror.story.coverage));
      this.mirror = mirror;
      this.state.value = "ready";
    } catch {
      this.failed_ms = now_ms;
      this.state.value = "failed";
    } finally {
      this.asking = false;
    }
  }

  private async story(): Promise<Mirror> {
    const { id, record } = this.bench;
    const [told, inside] = await Promise.all([events(id, "live"), internals(id, null, 16)]);
    const { machine = "", plan = null, started_utc = "", coverage = [], notes = [] } = record.peek() ?? {};
    const cues = inside.about.cues ?? [];
    return new Mirror({ session: id, machine, plan, started_utc, events: told ?? [], cues, coverage, notes });
  }
}
