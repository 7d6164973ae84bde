/** An event of contract 4 in words: what it is, and its reasons with their numbers and units. */
import type { Key } from "../../i18n/en";
import { named, number, t } from "../../i18n/language";
import type { Evidence } from "../../wire.gen";
import { evidenceOf } from "../../words/finding";
import type { AnyEvent } from "../record/record";
import type { ChartName } from "./panels";
import type { Way } from "./rerun";

/** What went, came and changed, before any word. */
export const SIGNS: Readonly<Record<Way, string>> = { before: "−", after: "+", changed: "≠" };

/** What a chart shows. */
export function chartName(name: ChartName): string {
  return name === "angle" || name === "torque" || name === "speed" ? t(`replay.${name}`) : t(`replay.chart.${name}`);
}

export function title(event: AnyEvent): string {
  if (event.kind === "repetition_completed") return t("repetitionPlain", { n: event.repetition ?? "–" });
  const name = named("event", event.kind);
  return event.repetition === undefined ? name : `${name}, ${t("repetitionPlain", { n: event.repetition })}`;
}

/** The reasons and measures of an event, each a short phrase; empty where its name says all. */
export function details(event: AnyEvent): string[] {
  const { kind } = event;
  switch (kind) {
    case "failure":
      return [
        named("failed", event.reason),
        percent("replay.confidence", event.confidence),
        angle(event.angle_deg),
        ...((event.evidence as Evidence[] | undefined) ?? []).map(evidenceOf),
      ].filter((words) => words !== "");
    case "failure_likely":
      return [percent("replay.confidence", event.confidence)];
    case "struggle":
      return ((event.reasons as string[] | undefined) ?? []).map((name) => named("sign", name));
    case "unable":
      return [named("replay.unable", event.reason)];
    case "phase_entered":
      return [named("column", event.phase)];
    case "cadence_deviated":
      return [
        named("column", event.phase),
        t(event.direction === "fast" ? "replay.fast" : "replay.slow", {
          value: measure(Math.abs(Number(event.deviation_s)), 2),
        }),
      ];
    case "range_exceeded":
      return [named("replay.side", event.side), angle(event.angle_deg), named("replay.level", event.level)];
    case "speed_exceeded":
      return [t("replay.speedOf", { value: measure(event.speed_deg_s, 0) }), named("replay.level", event.level)];
    case "signal_faulted":
    case "signal_restored":
      return [named("channel", event.channel), named("fault", event.fault)];
    case "button_pressed":
      return [named("replay.button", event.button)];
    case "reserve_estimated":
      return [
        t("replay.reserve", {
          n: measure(event.repetitions_left, 1),
          low: measure(event.low, 1),
          high: measure(event.high, 1),
        }),
      ];
    case "repetition_completed":
      return [
        named("extent", event.extent),
        ...(["extension_s", "hold_s", "flexion_s"] as const).map((name) =>
          t(`replay.${name}`, { value: measure(event[name], 1) }),
        ),
        ...(event.flags ?? []).map((flag) => named("flag", flag)),
      ];
    case "set_ended":
      return [named("ended", event.reason)];
    default:
      return [];
  }
}

/** Any value of an event, for the table of what has changed. */
export function plain(value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return number(value, Number.isInteger(value) ? 0 : 3);
  if (typeof value === "string") return value;
  return JSON.stringify(value);
}

function angle(value: unknown): string {
  return t("replay.angleOf", { value: measure(value, 1) });
}

function percent(key: Key, value: unknown): string {
  return typeof value === "number" ? t(key, { value: number(100 * value) }) : "";
}

function measure(value: unknown, decimals: number): string {
  return typeof value === "number" ? number(value, decimals) : "–";
}
