/** One animation loop for the page: whatever draws registers here. Nothing is driven by timers or by arriving messages. */
import { useEffect } from "preact/hooks";

/** `still_ms`: how long the picture stood still before this repaint. */
type Draw = (local_ms: number, still_ms: number) => void;
/** Hears that a drawer could not draw; it is not asked again. */
type Failed = (error: unknown) => void;

const drawers = new Map<Draw, Failed | undefined>();
let running = false;
let drawn_ms = 0;

function step(): void {
  if (drawers.size === 0) {
    running = false;
    return;
  }
  // Whatever one of them does, the others go on.
  requestAnimationFrame(step);
  // The clock of the feed, not the frame's own stamp: ages are counted on it.
  const now = performance.now();
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
    drawn_ms = performance.now();
    requestAnimationFrame(step);
  }
  return () => drawers.delete(draw);
}

export function useFrame(draw: Draw): void {
  useEffect(() => everyFrame(draw), [draw]);
}

/** True at most once an interval; for what needs fewer than 60 draws a second. */
export class Pace {
  private readonly every_ms: number;
  private due_ms = Number.NEGATIVE_INFINITY;

  constructor(every_ms: number) {
    this.every_ms = every_ms;
  }

  due(now_ms: number): boolean {
    // Half a frame early counts: a pace of three frames is kept at any phase.
    if (now_ms < this.due_ms - 8) return false;
    const behind = now_ms - this.due_ms >= this.every_ms;
    this.due_ms = (behind ? now_ms : this.due_ms) + this.every_ms;
    return true;
  }
}
