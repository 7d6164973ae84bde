/** One animation loop for the page: whatever draws registers here. Nothing is driven by timers or by arriving messages. */
import { useEffect } from "preact/hooks";
import { browser } from "../live/browser";
import { FREEZE_MS } from "../live/freshness";

/** `still_ms`: how long the picture stood still before this repaint. */
type Draw = (local_ms: number, still_ms: number) => void;
/** Hears that a drawer could not draw; it is not asked again. */
type Failed = (error: unknown) => void;

const drawers = new Map<Draw, Failed | undefined>();
let running = false;
let drawn_ms = 0;
/** Whatever waits for its pace draws all the same. */
let urgent = false;

function step(): void {
  if (drawers.size === 0) {
    running = false;
    return;
  }
  // Whatever one of them does, the others go on.
  browser.repaint(step);
  drawAll();
  // Held up in its middle, by sleep or by a thread that hung: what was drawn is of the time before, and nobody has seen it yet.
  if (browser.now() - drawn_ms > FREEZE_MS) redraw();
}

function drawAll(): void {
  // The clock of the feed, not the frame's own stamp: ages are counted on it.
  const now = browser.now();
  const still_ms = now - drawn_ms;
  drawn_ms = now;
  for (const [draw, failed] of drawers) {
    try {
      draw(now, still_ms);
    } catch (error) {
      drawers.delete(draw);
      if (failed === undefined) throw error;
      failed(error);
    }
  }
}

/** Calls `draw` before every repaint; the answer ends that. Without `failed`, its error is the page's. */
export function everyFrame(draw: Draw, failed?: Failed): () => void {
  drawers.set(draw, failed);
  if (!running) {
    running = true;
    drawn_ms = browser.now();
    browser.repaint(step);
  }
  return () => drawers.delete(draw);
}

export function useFrame(draw: Draw): void {
  useEffect(() => everyFrame(draw), [draw]);
}

/** Draws everything anew at once: the page looks otherwise though no time has passed. */
export function redraw(): void {
  urgent = true;
  drawAll();
  urgent = false;
}

const FRAME_MS = 1000 / 60;

/** True at most once an interval; for what needs fewer than 60 draws a second. */
export class Pace {
  private readonly every_ms: number;
  private readonly turn: number;
  private due_ms = Number.NEGATIVE_INFINITY;

  /** `turn`: of many that share an interval, which; each has a frame of its own within it, as far as there are frames. */
  constructor(every_ms: number, turn = 0) {
    this.every_ms = every_ms;
    this.turn = turn;
  }

  due(now_ms: number): boolean {
    if (urgent) return true;
    if (this.due_ms === Number.NEGATIVE_INFINITY) {
      const frames = Math.max(1, Math.floor(this.every_ms / FRAME_MS + 0.5));
      this.due_ms = now_ms + (this.turn % frames) * FRAME_MS;
    }
    // Half a frame early counts: a pace of three frames is kept at any phase.
    if (now_ms < this.due_ms - 8) return false;
    // What was missed is not made up for, and the turn is kept.
    this.due_ms += this.every_ms * Math.max(1, Math.ceil((now_ms + 8 - this.due_ms) / this.every_ms));
    return true;
  }
}
