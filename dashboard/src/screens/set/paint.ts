/** A whole set: angle against the target laid anew at each repetition, torque below, each repetition's span. */
import { Cue } from "../../cue/cue";
import { minutes, number, t } from "../../i18n/language";
import type { Columns } from "../../live/story";
import { axis, type Box, band, below, clipped, line, NAME } from "../../plot/draw";
import { rangeOf, type Scale, scale, ticks, timeTicks } from "../../plot/scale";
import { type Surface, token } from "../../ui/surface";
import type { Plan } from "../../wire.gen";
import type { Row } from "./rows";

export interface SetPicture {
  columns: Columns;
  rows: readonly Row[];
  plan: Plan | null;
  from_s: number;
  to_s: number;
  selected: number | null;
  hovered: number | null;
  /** Where the pointer is, s; null elsewhere. */
  pointer_s: number | null;
}

const LEFT = 48;
const HEAD = 2 * NAME + 2;
const FOOT = 28;
const BETWEEN = NAME + 8;
const BRIDGE_S = 0.4;

/** Times along the picture's width. */
export function along(width: number, from_s: number, to_s: number): Scale {
  return scale(from_s, to_s, LEFT, width - 8);
}

/** The repetition whose span holds a time; null between them. */
export function spanAt(rows: readonly Row[], at_s: number): number | null {
  const found = rows.find(({ from_s, to_s }) => from_s !== null && to_s !== null && from_s <= at_s && at_s <= to_s);
  return found?.repetition ?? null;
}

export function paintSet(to: Surface, picture: SetPicture): void {
  const { columns, rows, plan, from_s, to_s, pointer_s } = picture;
  const x = along(to.width, from_s, to_s);
  const room = to.height - HEAD - FOOT - BETWEEN;
  const upper: Box = { left: LEFT, top: HEAD, right: to.width - 8, bottom: HEAD + 0.66 * room };
  const lower: Box = { ...upper, top: upper.bottom + BETWEEN, bottom: to.height - FOOT };
  spans(to, picture, x, { ...upper, bottom: lower.bottom });

  const ends = plan === null ? [] : [plan.range.flexion_deg, plan.range.extension_deg];
  const angles = rangeOf([...columns.angle_deg.filter(Number.isFinite), ...ends], 10);
  if (angles !== null) {
    // Extension is up: the smaller angle.
    const y = scale(angles[0], angles[1], upper.top, upper.bottom);
    axis(to, upper, y, ticks(angles[0], angles[1], 5), t("axis.angle"), HEAD);
    clipped(to, upper, () => {
      if (plan !== null) targets(to, x, y, rows, plan);
      curve(to, columns, columns.angle_deg, x, y, "trace");
    });
  }
  const torques = rangeOf(columns.torque_nm.filter(Number.isFinite), 20);
  if (torques !== null) {
    const y = scale(torques[0], torques[1], lower.bottom, lower.top);
    axis(to, lower, y, ticks(torques[0], torques[1], 3), t("axis.torque"));
    clipped(to, lower, () => curve(to, columns, columns.torque_nm, x, y, "torque"));
  }
  below(to, lower, x, timeTicks(from_s, to_s, 8), (at_s) => minutes(at_s));
  if (pointer_s !== null) cursor(to, picture, x(pointer_s), { ...upper, bottom: lower.bottom });
}

function spans({ context }: Surface, { rows, selected, hovered }: SetPicture, x: Scale, box: Box): void {
  context.font = `600 13px ${token("face")}`;
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const { repetition, from_s, to_s } of rows) {
    if (from_s === null || to_s === null) continue;
    const left = x(from_s);
    const wide = x(to_s) - left;
    const lit = repetition === selected || repetition === hovered;
    context.fillStyle = token(lit ? "lit" : "span");
    context.fillRect(left, box.top, wide, box.bottom - box.top);
    if (repetition === selected) {
      context.strokeStyle = token("target");
      context.lineWidth = 2;
      context.strokeRect(left, box.top, wide, box.bottom - box.top);
    }
    context.fillStyle = token(lit ? "text" : "text-secondary");
    context.fillText(String(repetition), left + wide / 2, box.top - 18);
  }
}

/** As it is judged: the cue begins anew with each repetition's extension. */
function targets(to: Surface, x: Scale, y: Scale, rows: readonly Row[], plan: Plan): void {
  const cue = new Cue(plan);
  const { extension_s, hold_s, flexion_s } = plan.tempo;
  for (const { done } of rows) {
    const start_s = done?.extension_start_s;
    if (start_s == null) continue;
    const stretch = { from: start_s, to: start_s + extension_s + hold_s + flexion_s, step: (x.to - x.from) / 600 };
    band(to, x, y, stretch, (at_s) => cue.bandAt(at_s - start_s, plan.tolerance.angle_deg));
  }
}

function curve(to: Surface, { t_s }: Columns, values: readonly number[], x: Scale, y: Scale, colour: string): void {
  line(
    to,
    t_s.length,
    (i) => {
      const at_s = t_s[i] ?? Number.NaN;
      return [at_s, x(at_s), y(values[i] ?? Number.NaN)];
    },
    { colour: token(colour), width: 1.75, bridge: BRIDGE_S },
  );
}

function cursor({ context, width }: Surface, { columns, pointer_s }: SetPicture, at: number, box: Box): void {
  const i = columns.t_s.findIndex((each) => each >= (pointer_s ?? 0));
  const angle = columns.angle_deg[i] ?? Number.NaN;
  const torque = columns.torque_nm[i] ?? Number.NaN;
  const said = (value: number) => (Number.isNaN(value) ? "--" : number(value));
  context.strokeStyle = token("text-secondary");
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(at, box.top);
  context.lineTo(at, box.bottom);
  context.stroke();
  const text = t("set.at", { time: minutes(pointer_s ?? 0), angle: said(angle), torque: said(torque) });
  context.font = `13px ${token("face")}`;
  context.textBaseline = "top";
  context.textAlign = "left";
  const wide = context.measureText(text).width + 14;
  const left = Math.min(Math.max(at + 8, box.left), width - 8 - wide);
  context.fillStyle = token("raised");
  context.fillRect(left, box.top + 22, wide, 22);
  context.fillStyle = token("text");
  context.fillText(text, left + 7, box.top + 26);
}
