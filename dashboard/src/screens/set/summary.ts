/** What came of a set, in words and numbers, beside the last time (contract 4). Pure. */
import { counted, known, minutes, number, t } from "../../i18n/language";
import { countOf } from "../../live/ending";
import type { AnyEvent, Plan, RepetitionCompleted, SetEnded } from "../../wire.gen";

export function completedOf(events: readonly AnyEvent[], set: number): RepetitionCompleted[] {
  return events.filter((event) => event.kind === "repetition_completed").filter((event) => event.set === set);
}

/** One sentence: how many, and what ended it. */
export function headline({ full, short, partial, reason }: SetEnded): string {
  const count = counted("set.count", full + short + partial);
  const key = `set.headline.${reason}`;
  return known(key) ? t(key, { count }) : count;
}

/** The figures that are compared; null where one is not known. */
export interface Figures {
  repetitions: number;
  full: number;
  duration_s: number | null;
  extension_s: number | null;
  range_deg: number | null;
  peak_torque_nm: number | null;
  work_j: number | null;
  /** 0-1 */
  time_in_band: number | null;
}

/** Means over the repetitions that count; the greatest torque of all. */
export function figuresOf(events: readonly AnyEvent[], set: number): Figures | null {
  const ended = events.find((event) => event.kind === "set_ended" && event.set === set);
  if (ended?.kind !== "set_ended") return null;
  const counting = completedOf(events, set).filter(({ extent }) => extent !== "attempt");
  const mean = (values: (number | null | undefined)[]) => {
    const there = values.filter((value) => value != null);
    return there.length === 0 ? null : there.reduce((sum, value) => sum + value, 0) / there.length;
  };
  const peaks = counting.map(({ peak_torque_nm }) => peak_torque_nm).filter((value) => value != null);
  return {
    repetitions: countOf(ended),
    full: ended.full,
    duration_s: ended.duration_s,
    extension_s: mean(counting.map(({ extension_s }) => extension_s)),
    range_deg: mean(counting.map(({ range_deg }) => range_deg)),
    peak_torque_nm: peaks.length === 0 ? null : Math.max(...peaks),
    work_j: ended.work_j,
    time_in_band: mean(counting.map(({ time_in_band }) => time_in_band)),
  };
}

type Figure = Exclude<keyof Figures, "full">;

export const FIGURES: readonly Figure[] = [
  "repetitions",
  "duration_s",
  "extension_s",
  "range_deg",
  "peak_torque_nm",
  "work_j",
  "time_in_band",
];

/** A figure as it is read. */
export function shown(figure: Figure, value: number | null): string {
  if (value === null) return "–";
  switch (figure) {
    case "duration_s":
      return minutes(value);
    case "extension_s":
      return `${number(value, 1)}\u00a0s`;
    case "range_deg":
      return `${number(value, 1)}°`;
    case "peak_torque_nm":
      return `${number(value)}\u00a0Nm`;
    case "work_j":
      return `${number(value)}\u00a0J`;
    case "time_in_band":
      return `${number(100 * value)}\u00a0%`;
    default:
      return number(value);
  }
}

/** A difference as it is read, with its sign. */
export function change(figure: Figure, now: number | null, before: number | null): string {
  if (now === null || before === null) return "–";
  const difference = now - before;
  const text = shown(figure, Math.abs(difference));
  if (text === shown(figure, 0)) return "±0";
  return `${difference < 0 ? "−" : "+"}${text}`;
}

/** The load is known, and is the same; so is the alias: a machine serves many patients, and who has none is nobody's like (decision 0135). */
export function alike(plan: Plan | null, other: Plan | null): boolean {
  return (
    plan !== null &&
    other !== null &&
    plan.load_nm !== null &&
    plan.load_nm === other.load_nm &&
    plan.label !== null &&
    plan.label === other.label
  );
}
