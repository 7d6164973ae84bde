/** The signals that are at hand: the whole session coarsely, and what is looked at as finely as the picture shows it. */

import { WHOLE } from "./ahead";
import { type Columns, type SignalName, type Traces, traces } from "./columns";
import { covers, fetched, type View } from "./view";

/** Stretches at most that the service gives in one answer. */
const MOST = 8192;

type Ask = (view: View | null, points: number, signal: AbortSignal) => Promise<Columns>;

/** So long a question may be on its way before a newer one ends it. */
const PATIENCE_MS = 500;
/** Pages fetched on either side of what is looked at: at once next to nothing, the picture is waited for; at rest one, to move on in. */
const AT_ONCE = 0.05;
const AT_REST = 1;
const REST_MS = 200;
/** A hand that was beyond an answer, and moved so short a time ago, is not asked for meanwhile. */
const BEHIND_MS = 100;

interface Asking {
  control: AbortController;
  since_ms: number;
  /** For what may be looked at next; ends when something is looked at. */
  idle: boolean;
}

/**
 * One question is on its way at a time; the newest waits for its answer, those in between are never asked. So a hand that drags gets
 * pictures as fast as the service gives them, not one at its end. One that is beyond what was asked for before the answer is there gets
 * none of them: then they are asked for less often, and the frames are left to the picture.
 */
export class Source<Name extends string = SignalName> {
  whole: Traces<Name> | null = null;
  detail: Traces<Name> | null = null;
  private readonly names: readonly Name[];
  private readonly ask: Ask;
  private readonly came: () => void;
  private asking: Asking | null = null;
  private resting: ReturnType<typeof setTimeout> | undefined;
  private behind: ReturnType<typeof setTimeout> | undefined;
  private wanted: { view: View; pixels: number; since_ms: number } | null = null;

  constructor(names: readonly Name[], ask: Ask, came: () => void) {
    this.names = names;
    this.ask = ask;
    this.came = came;
  }

  get length_s(): number {
    return this.whole?.about.length_s ?? 0;
  }

  /** The whole session anew; raises what `ask` raises. */
  async begin(): Promise<void> {
    this.whole = traces(await this.ask(null, WHOLE, new AbortController().signal), this.names);
    this.came();
  }

  /** Asks for a view where what is there does not show it well enough. */
  want(view: View, pixels: number): void {
    this.wanted = { view, pixels, since_ms: performance.now() };
    clearTimeout(this.resting);
    if (this.whole === null) return;
    if (this.shows(view, pixels)) {
      this.rest();
      return;
    }
    const { asking } = this;
    if (this.behind !== undefined) return;
    if (asking !== null && !asking.idle && performance.now() - asking.since_ms < PATIENCE_MS) return;
    asking?.control.abort();
    // Of what still grows, the next look is another question anyway.
    void this.fetch(this.whole?.about.open === true ? AT_REST : AT_ONCE);
  }

  /** What is looked at was added to in its midst: it is asked for anew. */
  renew(): void {
    this.asking?.control.abort();
    this.asking = null;
    this.detail = null;
    if (this.wanted !== null) this.want(this.wanted.view, this.wanted.pixels);
  }

  /** What to draw now: the detail where it reaches, else the whole. */
  best(view: View, pixels: number): Traces<Name> | null {
    const { detail, whole } = this;
    if (detail === null || whole === null) return whole;
    const reaches = detail.about.from_s <= view.from_s && detail.about.to_s >= Math.min(view.to_s, this.length_s);
    const coarse = detail.about.width_s > (8 * (view.to_s - view.from_s)) / pixels;
    return reaches && !coarse ? detail : whole;
  }

  /** True where the picture is as exact as it can be. */
  shows(view: View, pixels: number): boolean {
    const { length_s } = this;
    return [this.detail, this.whole].some((had) => had !== null && covers({ ...had.about, length_s }, view, pixels));
  }

  close(): void {
    this.wanted = null;
    clearTimeout(this.resting);
    clearTimeout(this.behind);
    this.asking?.control.abort();
  }

  /** Soon, if nothing else is looked at by then, what lies on either side is fetched. */
  private rest(): void {
    const { wanted, detail } = this;
    if (wanted === null || detail === null || this.whole?.about.open !== false) return;
    const { from_s, to_s } = fetched(wanted.view, this.length_s, AT_REST / 2);
    const near = detail.about.from_s <= from_s && detail.about.to_s >= to_s;
    const seen = covers({ ...this.whole.about, length_s: this.length_s }, wanted.view, wanted.pixels);
    if (near || seen) return;
    this.resting = setTimeout(() => {
      if (this.asking === null) void this.fetch(AT_REST);
    }, REST_MS);
  }

  private wait(ms: number): void {
    if (ms <= 0) return;
    clearTimeout(this.behind);
    this.behind = setTimeout(() => {
      this.behind = undefined;
      if (this.wanted !== null) this.want(this.wanted.view, this.wanted.pixels);
    }, ms);
  }

  private async fetch(pages: number): Promise<void> {
    if (this.wanted === null) return;
    const { view, pixels } = this.wanted;
    const control = new AbortController();
    const asking = { control, since_ms: performance.now(), idle: this.shows(view, pixels) };
    this.asking = asking;
    const range = fetched(view, this.length_s, pages);
    const share = (range.to_s - range.from_s) / (view.to_s - view.from_s);
    const points = Math.max(16, Math.min(MOST, Math.ceil(pixels * share)));
    try {
      const found = await this.ask(range, points, control.signal);
      if (control.signal.aborted) return;
      this.detail = traces(found, this.names);
      if (this.best(this.wanted.view, this.wanted.pixels) === this.detail) this.came();
      else this.wait(this.wanted.since_ms + BEHIND_MS - performance.now());
    } catch {
      // Broken off by a newer question, or not reached: the whole session stays in sight, the next look asks again.
    } finally {
      if (this.asking === asking) {
        this.asking = null;
        const { wanted } = this;
        // What was wanted meanwhile.
        if (wanted !== null && wanted.view !== view) this.want(wanted.view, wanted.pixels);
        else if (!asking.idle) this.rest();
      }
    }
  }
}
