/**
 * The newest sample's time as a patch of 16 x 16 pixels in the picture, from which a benchmark reads how old the picture is
 * (robustness-and-screens 3.9.4). Only in a build of mode `measure`; no other holds a line of this.
 */
import type { Surface } from "../../ui/surface";

export const CELL_PX = 4;
/** From the upper left corner of the chart. */
const AT_PX = 24;
/** Times wrap here: twelve bits of milliseconds. */
const WRAP_MS = 4096;

declare global {
  interface Window {
    /** Device time of the newest sample and time of this page, ms, for each picture drawn. */
    measured: [number, number][];
  }
}

/** Sixteen cells, row by row: twelve bits of the time, most significant first, and four to check them. */
export function cellsOf(t_ms: number): boolean[] {
  const value = Math.round(t_ms) % WRAP_MS;
  const check = (value ^ (value >> 4) ^ (value >> 8) ^ 0b1010) & 0b1111;
  const bits = (value << 4) | check;
  return Array.from({ length: 16 }, (_, k) => ((bits >> (15 - k)) & 1) === 1);
}

/** Draws the code, where the newest sample is drawn too. */
export function paintCode({ context }: Surface, t_ms: number, local_ms: number): void {
  for (const [k, lit] of cellsOf(t_ms).entries()) {
    context.fillStyle = lit ? "#ffffff" : "#000000";
    context.fillRect(AT_PX + CELL_PX * (k % 4), AT_PX + CELL_PX * (k >> 2), CELL_PX, CELL_PX);
  }
  window.measured ??= [];
  window.measured.push([t_ms, local_ms]);
}
