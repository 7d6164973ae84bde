/** A recorded session (`tests/dashboard/recorded.py`) as what the service would have said of it at each time. Pure. */
import type { CueState, EventMessage, Frame, Phase, Plan, RepetitionCompleted, Snapshot } from "../wire.gen";

/** As it is kept: columns of whole numbers, each as its difference from the one before; null = no reading. */
export interface Kept {
  machine: string;
  session: string;
  plan: Plan | null;
  rate_hz: number;
  /** When the cue changed, its origin, and whether it runs; s since the session's first sample. */
  cues: [number, number | null, boolean][];
  events: Omit<EventMessage, "type" | "machine" | "session">[];
  angle_parts: number;
  torque_parts: number;
  angle: (number | null)[];
  torque: (number | null)[];
}

/** How it is played: under another name, with another label, or as samples alone. */
export interface Casting {
  machine?: string;
  /** Null: the plan names nobody. */
  label?: string | null;
  /** Nobody has checked in: samples alone. */
  idle?: boolean;
}

/** The device's clock is not the service's: by so much it is ahead, s. */
const DEVICE_S = 1000;
/** From the sensor to the service, ms: a batch of 20 ms and its way. */
const AGE_MS = 14;

export class Recording {
  readonly machine: string;
  readonly session: string | null;
  readonly plan: Plan | null;
  readonly events: readonly EventMessage[];
  readonly length_s: number;
  private readonly kept: Kept;
  private readonly angles: Float64Array;
  private readonly torques: Float64Array;

  constructor(kept: Kept, { machine, label, idle = false }: Casting = {}) {
    this.kept = kept;
    this.machine = machine ?? kept.machine;
    this.session = idle ? null : kept.session;
    this.plan =
      idle || kept.plan === null ? null : { ...kept.plan, label: label === undefined ? kept.plan.label : label };
    const { session } = this;
    this.events = idle
      ? []
      : kept.events.map((event) => ({ ...event, type: "event", machine: this.machine, session }) as EventMessage);
    this.angles = summed(kept.angle, kept.angle_parts);
    this.torques = summed(kept.torque, kept.torque_parts);
    this.length_s = this.angles.length / kept.rate_hz;
  }

  /** Where the first cue begins, s; null where there is none. */
  get origin_s(): number | null {
    return this.kept.cues.find(([, origin_s, running]) => origin_s !== null && running)?.[1] ?? null;
  }

  /** What has happened up to a time, s. */
  until(at_s: number): EventMessage[] {
    return this.events.filter((event) => event.known_s <= at_s);
  }

  snapshot(at_s: number, server_ns: number): Snapshot {
    const happened = this.until(at_s);
    const { set, phase, repetition, repetitions } = standing(happened);
    return {
      type: "snapshot",
      machine: this.machine,
      plan: this.plan,
      session: this.session,
      set,
      phase,
      repetition,
      repetitions,
      last_event_id: happened.at(-1)?.id ?? 0,
      cue: this.cue(at_s),
      clock: { device_ns: deviceNs(at_s), server_ns },
    };
  }

  /** When the cue changes next after a time, s. */
  nextCue(after_s: number): number | null {
    return this.session === null ? null : (this.kept.cues.find(([at_s]) => at_s > after_s)?.[0] ?? null);
  }

  /**
   * The samples after one time up to another, as the frame that is sent then; null where there are none. From `stood_s` on the
   * patient stands still, and holds what he held.
   */
  frame(
    after_s: number,
    at_s: number,
    sent_ns: number,
    age_ms = AGE_MS,
    stood_s = Number.POSITIVE_INFINITY,
  ): Frame | null {
    const { rate_hz } = this.kept;
    const first = Math.floor(after_s * rate_hz) + 1;
    const last = Math.min(Math.floor(at_s * rate_hz), this.angles.length - 1);
    if (last < first || first < 0) return null;
    const stood = Math.floor(stood_s * rate_hz);
    const trace: Frame["trace"] = { t_ns: [], angle_deg: [], torque_nm: [] };
    for (let i = first; i <= last; i++) {
      trace.t_ns.push(deviceNs(i / rate_hz));
      trace.angle_deg.push(reading(this.angles[Math.min(i, stood)]));
      trace.torque_nm.push(reading(this.torques[Math.min(i, stood)]));
    }
    const { set, phase, repetition } = standing(this.until(at_s));
    return {
      type: "frame",
      machine: this.machine,
      t_ns: deviceNs(last / rate_hz),
      sent_ns,
      age_ms,
      angle_deg: reading(this.angles[Math.min(last, stood)]),
      torque_nm: reading(this.torques[Math.min(last, stood)]),
      speed_deg_s: null,
      phase: set === null ? null : phase,
      repetition,
      cue_deg: null,
      trace,
      skipped: 0,
    };
  }

  /** A stretch of it as columns over the session's time. */
  columns(from_s: number, to_s: number): { t_s: number[]; angle_deg: number[]; torque_nm: number[] } {
    const { rate_hz } = this.kept;
    const found = { t_s: [] as number[], angle_deg: [] as number[], torque_nm: [] as number[] };
    for (let i = Math.ceil(from_s * rate_hz); i <= to_s * rate_hz && i < this.angles.length; i++) {
      found.t_s.push(i / rate_hz);
      found.angle_deg.push(this.angles[i] ?? Number.NaN);
      found.torque_nm.push(this.torques[i] ?? Number.NaN);
    }
    return found;
  }

  private cue(at_s: number): CueState {
    const last = this.session === null ? undefined : this.kept.cues.filter(([since_s]) => since_s <= at_s).at(-1);
    const [, origin_s = null, running = false] = last ?? [];
    return { origin_ns: origin_s === null ? null : deviceNs(origin_s), running };
  }
}

interface Standing {
  set: number | null;
  phase: Phase | null;
  repetition: number | null;
  repetitions: RepetitionCompleted[];
}

/** Where a session stands after its events. */
function standing(events: readonly EventMessage[]): Standing {
  const found: Standing = { set: null, phase: null, repetition: null, repetitions: [] };
  for (const event of events) {
    if (event.kind === "set_started") {
      Object.assign(found, { set: event.set, phase: "turn", repetition: null, repetitions: [] });
    } else if (event.kind === "set_ended") Object.assign(found, { set: null, phase: null, repetition: null });
    else if (event.kind === "repetition_started") found.repetition = event.repetition;
    else if (event.kind === "phase_entered") found.phase = event.phase;
    else if (event.kind === "repetition_completed") {
      found.repetitions = [...found.repetitions.filter((done) => done.repetition < event.repetition), event];
    }
  }
  return found;
}

function deviceNs(at_s: number): number {
  return Math.round((at_s + DEVICE_S) * 1e9);
}

function reading(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}

function summed(steps: readonly (number | null)[], parts: number): Float64Array {
  let sum = 0;
  return Float64Array.from(steps, (step) => {
    if (step === null) return Number.NaN;
    sum += step;
    return sum / parts;
  });
}
