/** What the machine's page says and allows at a time of this page, as plain values. Pure. */
import { named, number, t } from "../../i18n/language";
import type { Refusal } from "../../live/keeping";
import type { Machine } from "../../live/machine";
import type { AnyEvent } from "../../wire.gen";

/** Frames whose delay is remembered: some seconds. */
const DELAYS = 120;

/** How long samples take from the sensor into the picture of this page, as measured. */
export class Delay {
  private seen_ms: number | null = null;
  private readonly delays: number[] = [];

  /** At each repaint; a sample counts when it is drawn first. */
  drawn(machine: Machine, local_ms: number): void {
    const { newest_ms } = machine;
    const age_ms = machine.age(local_ms);
    if (newest_ms === null || age_ms === null || newest_ms === this.seen_ms) return;
    this.seen_ms = newest_ms;
    this.delays.push(age_ms);
    if (this.delays.length > DELAYS) this.delays.shift();
  }

  /** Median and greatest, whole ms; null before anything was drawn. */
  get figures(): { median: number; most: number } | null {
    const sorted = [...this.delays].sort((a, b) => a - b);
    const median = sorted[sorted.length >> 1];
    const most = sorted[sorted.length - 1];
    return median === undefined || most === undefined ? null : { median: Math.round(median), most: Math.round(most) };
  }
}

export interface Allowed {
  start: boolean;
  pause: boolean;
  resume: boolean;
  stop: boolean;
  /** A plan may be given or taken away. */
  plan: boolean;
  refusal: Refusal | null;
}

/** What a machine would do if told; the service has the last word. */
export function allowedAt(machine: Machine, local_ms: number): Allowed {
  const fresh = machine.freshness(local_ms);
  const live = fresh === "live" || fresh === "late";
  const { refusal } = machine.keep;
  const running = machine.set !== null || machine.cue.running;
  // A countdown can be paused, too: the set has not begun, and is gone on with all the same. A pause between sets holds nothing.
  const held = machine.paused && (machine.set !== null || machine.held);
  const halted = held || (machine.set !== null && machine.plan !== null && !machine.cue.running);
  return {
    start: live && !running && !halted && refusal === null,
    pause: running && !machine.paused,
    resume: live && halted,
    stop: machine.session !== null,
    plan: !running && refusal !== "full",
    refusal,
  };
}

export interface ReserveView {
  value: string;
  interval: string | null;
}

/** Repetitions in reserve with their 80 % interval, as far as they are known. */
export function reserveOf(machine: Machine, stale: boolean): ReserveView {
  if (machine.findings.newest?.kind === "failure") return { value: "0", interval: t("machine.reserveFailed") };
  const { reserve } = machine.findings;
  if (reserve === null || stale || machine.set === null) return { value: "--", interval: null };
  return {
    value: number(reserve.repetitions_left),
    interval: t("machine.reserveRange", { low: number(reserve.low), high: number(reserve.high) }),
  };
}

const TOLD: readonly string[] = ["phase_entered", "repetition_started", "reserve_estimated", "cadence_deviated"];

/** An event in a few words; null for those that the page shows otherwise. */
export function eventWords(event: AnyEvent): string | null {
  if (TOLD.includes(event.kind)) return null;
  const name = named("event", event.kind);
  switch (event.kind) {
    case "repetition_completed":
      return `${t("repetitionPlain", { n: event.repetition })}: ${t(`extent.${event.extent}`)}`;
    case "set_ended":
      return `${name}: ${named("ended", event.reason)}`;
    case "set_started":
      return t("set", { n: event.set ?? 1 });
    case "signal_faulted":
    case "signal_restored":
      return `${name}: ${named("channel", event.channel)}`;
    default:
      return "repetition" in event ? `${name}, ${t("repetitionPlain", { n: event.repetition })}` : name;
  }
}
