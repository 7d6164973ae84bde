/** Messages of the live feed for tests, whole and plausible; what matters is laid over them. */
import type { EventMessage, Frame, Keeping, Plan, Snapshot } from "../wire.gen";

export const PLAN: Plan = {
  session: "s1",
  label: null,
  range: { flexion_deg: 60, extension_deg: 6 },
  tempo: { extension_s: 4, hold_s: 2, flexion_s: 3, turn_s: 1 },
  tolerance: { share: 0.15, least_s: 0.5, angle_deg: 3 },
  repetitions: { least: 12, most: 15 },
  endpoint: "failure",
  load_nm: null,
  resistance: "stack",
  pacing: "fixed",
};

export function snapshot(over: Partial<Snapshot> = {}): Snapshot {
  return {
    type: "snapshot",
    machine: "a/b",
    plan: PLAN,
    session: "s1",
    set: null,
    phase: null,
    repetition: null,
    repetitions: [],
    last_event_id: 0,
    cue: { origin_ns: null, running: false },
    clock: { device_ns: 0, server_ns: 0 },
    ...over,
  };
}

/** A frame whose newest sample is `t_ms` old on the device's clock; sent at once. The patient sits in the starting position. */
export function frame(t_ms: number, sent_ms: number, over: Partial<Frame> = {}): Frame {
  return {
    type: "frame",
    machine: "a/b",
    t_ns: t_ms * 1e6,
    sent_ns: sent_ms * 1e6,
    age_ms: 0,
    angle_deg: 60,
    torque_nm: 100,
    speed_deg_s: 0,
    phase: null,
    repetition: null,
    cue_deg: null,
    trace: { t_ns: [t_ms * 1e6], angle_deg: [60], torque_nm: [100] },
    skipped: 0,
    ...over,
  };
}

type Kind = EventMessage["kind"];
type Of<K extends Kind> = Extract<EventMessage, { kind: K }>;

/** An event of session s1, set 1. */
export function event<K extends Kind>(
  kind: K,
  id: number,
  fields: Omit<Of<K>, "type" | "kind" | "id" | "at_s" | "known_s" | "set"> & { set?: number | null },
): Of<K> {
  return {
    type: "event",
    kind,
    id,
    set: 1,
    at_s: 0,
    known_s: 0,
    machine: "a/b",
    session: "s1",
    ...fields,
  } as unknown as Of<K>;
}

export const MEASURES = {
  extension_start_s: 0,
  hold_start_s: 4,
  flexion_start_s: 6,
  end_s: 9,
  flexed_deg: 60,
  extended_deg: 6,
  range_deg: 54,
  extension_s: 4,
  hold_s: 2,
  flexion_s: 3,
  turn_s: 1,
  peak_torque_nm: 120,
  mean_torque_nm: 100,
  work_j: 90,
  time_in_band: 0.95,
  rmse_deg: 1,
  flags: [],
};

export const ENDED = {
  reason: "failure",
  full: 2,
  short: 0,
  partial: 0,
  attempt: 1,
  duration_s: 31,
  work_j: 180,
  time_under_tension_s: 27,
} as const;

/** What is kept of a machine's samples: everything, and nothing waits. */
export function keeping(over: Partial<Keeping> = {}): Keeping {
  return {
    type: "keeping",
    machine: "a/b",
    recording: true,
    code: null,
    reason: null,
    backlog: 0,
    backlog_s: 0,
    eta_s: null,
    spool_share: 0.01,
    spool_refuses: false,
    conflict: null,
    outdated: null,
    database: true,
    restarted_utc: null,
    ...over,
  };
}
