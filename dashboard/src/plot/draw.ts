/** What every plot is drawn of: axes with their numbers, a line with its gaps, a band. */
import { number } from "../i18n/language";
import { type Surface, token } from "../ui/surface";
import type { Scale } from "./scale";

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const SMALL = 13;

function face(size = SMALL): string {
  return `${size}px ${token("face")}`;
}

/** The room that a lane's name takes above it. */
export const NAME = 20;

/** Horizontal lines with their numbers at the left; the lane's name `lift` above its top. */
export function axis(
  { context }: Surface,
  box: Box,
  y: Scale,
  values: readonly number[],
  name: string,
  lift = NAME,
): void {
  context.font = face();
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.lineWidth = 1;
  for (const value of values) {
    const at = Math.round(y(value)) + 0.5;
    context.strokeStyle = token("line");
    context.beginPath();
    context.moveTo(box.left, at);
    context.lineTo(box.right, at);
    context.stroke();
    context.fillStyle = token("text-secondary");
    context.fillText(number(value), box.left - 8, at);
  }
  context.textAlign = "left";
  context.textBaseline = "top";
  context.fillStyle = token("text-secondary");
  context.fillText(name, box.left, box.top - lift);
}

/** Numbers below, with a short mark each. */
export function below(
  { context }: Surface,
  box: Box,
  x: Scale,
  values: readonly number[],
  words: (value: number) => string,
): void {
  context.font = face();
  context.textAlign = "center";
  context.textBaseline = "top";
  context.fillStyle = token("text-secondary");
  context.strokeStyle = token("line");
  context.lineWidth = 1;
  for (const value of values) {
    const at = Math.round(x(value)) + 0.5;
    context.beginPath();
    context.moveTo(at, box.bottom);
    context.lineTo(at, box.bottom + 5);
    context.stroke();
    const text = words(value);
    const half = context.measureText(text).width / 2;
    context.fillText(text, Math.min(Math.max(at, box.left - 30 + half), box.right - half), box.bottom + 7);
  }
}

/** A line through the points that `at` gives; it breaks at NaN, and where two are further apart than `bridge`. */
export function line(
  { context }: Surface,
  many: number,
  at: (i: number) => readonly [along: number, x: number, y: number],
  style: { colour: string; width: number; bridge: number },
): void {
  context.strokeStyle = style.colour;
  context.lineWidth = style.width;
  context.lineJoin = "round";
  context.beginPath();
  let last = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < many; i++) {
    const [along, x, y] = at(i);
    if (Number.isNaN(y)) continue;
    if (along - last > style.bridge) context.moveTo(x, y);
    else context.lineTo(x, y);
    last = along;
  }
  context.stroke();
}

/** A band over a stretch, with its edges: `edges` tells both at a time. */
export function band(
  { context }: Surface,
  x: Scale,
  y: Scale,
  stretch: { from: number; to: number; step: number },
  edges: (at: number) => readonly [number, number],
): void {
  if (!(stretch.to > stretch.from)) return;
  const steps = Math.max(1, Math.ceil((stretch.to - stretch.from) / stretch.step));
  const at = (i: number) => stretch.from + ((stretch.to - stretch.from) * i) / steps;
  context.beginPath();
  for (let i = 0; i <= steps; i++) context.lineTo(x(at(i)), y(edges(at(i))[0]));
  for (let i = steps; i >= 0; i--) context.lineTo(x(at(i)), y(edges(at(i))[1]));
  context.closePath();
  context.fillStyle = token("target-fill");
  context.fill();
  context.strokeStyle = token("target");
  context.lineWidth = 1.25;
  context.stroke();
}

export function clipped(surface: Surface, box: Box, draw: () => void): void {
  const { context } = surface;
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
  context.clip();
  draw();
  context.restore();
}
