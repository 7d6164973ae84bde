// Made from the structs of `wire` by `python -m wire.generate`: do not edit.
// Nanoseconds (`*_ns`) are whole numbers of up to 64 bits; read by JSON.parse they may be off by up to 128 ns.

export const PROTOCOL = 1;

export type Phase = "extension" | "hold" | "flexion" | "turn";

export type Extent = "full" | "short" | "partial" | "attempt";

export type Flag = "bounced" | "hold_dip" | "incomplete_return" | "momentum" | "assisted" | "gap" | "void" | "no_torque" | "setup_shift" | "range_learnt";

export type FaultKind = "stuck" | "dropout" | "spike" | "saturated" | "drift" | "wrapped" | "swapped" | "inverted" | "scaled" | "clock" | "gap";

export type Level = "caution" | "stop";

export type PressedButton = "pain" | "pause" | "stop";

export type FeedState = "live" | "late" | "stale" | "lost" | "offline";

/** From the flexed to the extended end, degrees, 0 = upright: `extension_deg` < `flexion_deg`. */
export interface Range {
  flexion_deg: number;
  extension_deg: number;
}

/** How long each phase of a repetition is to last, s. */
export interface Tempo {
  extension_s: number;
  hold_s: number;
  flexion_s: number;
  turn_s: number;
}

/** What still counts as in time (a share of the phase, at least `least_s`) and in the band. */
export interface Tolerance {
  share: number;
  least_s: number;
  angle_deg: number;
}

/** How many are prescribed: `least` <= `most`. */
export interface Repetitions {
  least: number;
  most: number;
}

/** An earlier set to failure of the same patient: load in Nm (None = unknown), full repetitions, seconds a repetition. */
export interface PastSet {
  load_nm: number | null;
  repetitions: number;
  cycle_s: number;
}

/**
 * How the patient's screen shows the sets of a plan; for screens alone, the analysis never looks at it (decision 0241).
 *
 * `feedback`: `full` = target and own movement, `band` = the target alone, `after` = the result of each repetition, null = as the
 * screen's address says; it holds from repetition `from_repetition` of a set on, those before it are shown in full. `motion` null =
 * as the screen's computer prefers; `rest_s` = rest after a set that met the plan, null = as the screen's address says.
 */
export interface Display {
  feedback: "after" | "band" | "full" | null;
  from_repetition: number;
  motion: "gauge" | "scroll" | null;
  rest_s: number | null;
}

/**
 * What a machine is to do now. Only `range` and `tempo` are required.
 *
 * `past`: the patient's earlier sets to failure, oldest first, for the repetitions in reserve (detection.md 4.6). Part of the plan, so
 * that whatever is said of the reserve can be computed again from the recording (decision 0247); absent where none are given.
 * `display` is absent where the plan says nothing of it.
 */
export interface Plan {
  session: string | null;
  label: string | null;
  range: Range;
  tempo: Tempo;
  tolerance: Tolerance;
  repetitions: Repetitions;
  endpoint: "failure" | "repetitions";
  load_nm: number | null;
  resistance: "motor" | "stack";
  pacing: "fixed" | "follow";
  past?: PastSet[];
  display?: Display;
}

/** A set began, under this plan (null = none). */
export interface SetStarted {
  kind: "set_started";
  plan: Plan | null;
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/** Announced, back-dated, once progress passes 0.25. Restarts at 1 in each set. */
export interface RepetitionStarted {
  kind: "repetition_started";
  repetition: number;
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/** A phase of a repetition began. */
export interface PhaseEntered {
  kind: "phase_entered";
  repetition: number;
  phase: Phase;
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/**
 * A repetition is over: its extent, boundaries, durations and measures.
 *
 * `extension_start_s`, `hold_start_s`, `flexion_start_s`, `end_s` are the geometric boundaries (times), `extension_s`, `hold_s`,
 * `flexion_s`, `turn_s` the durations as shown; `turn_s` is the turn before this extension. null = a boundary is missing.
 */
export interface RepetitionCompleted {
  kind: "repetition_completed";
  repetition: number;
  extent: Extent;
  extension_start_s: number | null;
  hold_start_s: number | null;
  flexion_start_s: number | null;
  end_s: number | null;
  flexed_deg: number | null;
  extended_deg: number | null;
  range_deg: number | null;
  extension_s: number | null;
  hold_s: number | null;
  flexion_s: number | null;
  turn_s: number | null;
  peak_torque_nm: number | null;
  mean_torque_nm: number | null;
  work_j: number | null;
  time_in_band: number | null;
  rmse_deg: number | null;
  flags: Flag[];
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/** A phase was faster (`deviation_s` < 0) or slower than the cue by more than the tolerance. */
export interface CadenceDeviated {
  kind: "cadence_deviated";
  repetition: number;
  phase: Phase;
  direction: "fast" | "slow";
  deviation_s: number;
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/** The angle left the plan's range on that side. */
export interface RangeExceeded {
  kind: "range_exceeded";
  side: "extension" | "flexion";
  angle_deg: number;
  level: Level;
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/** The movement was too fast. */
export interface SpeedExceeded {
  kind: "speed_exceeded";
  speed_deg_s: number;
  level: Level;
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/** Signs that the patient is near failure. */
export interface Struggle {
  kind: "struggle";
  repetition: number;
  reasons: string[];
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/** The extension stalls: momentary muscular failure is likely; `confidence` 0-1. */
export interface FailureLikely {
  kind: "failure_likely";
  repetition: number;
  confidence: number;
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/** One measured reason for a finding. */
export interface Evidence {
  name: string;
  value: number;
  unit: string;
}

/** The patient tried and could not complete the extension; `at_s` is the turning point, `confidence` 0-1. */
export interface Failure {
  kind: "failure";
  repetition: number;
  angle_deg: number;
  reason: "hold_lost" | "short_of_range" | "stall" | "torque_lost";
  confidence: number;
  evidence: Evidence[];
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/** Failure can't be judged. */
export interface Unable {
  kind: "unable";
  reason: "no_torque" | "too_early";
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/** The torque was let go: suspected pain, never called failure. */
export interface AbruptStop {
  kind: "abrupt_stop";
  repetition: number;
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/** Held still in mid-range, then went on or lowered. */
export interface Halted {
  kind: "halted";
  repetition: number;
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/** Ran into the machine's end stop. */
export interface EndStop {
  kind: "end_stop";
  repetition: number;
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/** Someone or something helped. */
export interface Assisted {
  kind: "assisted";
  repetition: number;
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/** Swung instead of lifted. */
export interface Momentum {
  kind: "momentum";
  repetition: number;
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/** Looks like failure, but can't be told. */
export interface Unsure {
  kind: "unsure";
  repetition: number;
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/** Repetitions left before failure, with an 80 % interval. */
export interface ReserveEstimated {
  kind: "reserve_estimated";
  repetition: number;
  repetitions_left: number;
  low: number;
  high: number;
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/** A channel shows a fault. */
export interface SignalFaulted {
  kind: "signal_faulted";
  channel: string;
  fault: FaultKind;
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/** A channel's fault is over. */
export interface SignalRestored {
  kind: "signal_restored";
  channel: string;
  fault: FaultKind;
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/** A button was pressed; `press` is its id and acknowledges it. */
export interface ButtonPressed {
  kind: "button_pressed";
  button: PressedButton;
  press: string;
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/** The set was paused, by button or staff. */
export interface Paused {
  kind: "paused";
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/** The set goes on. */
export interface Resumed {
  kind: "resumed";
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/** A set is over: why, how many repetitions of each extent, its totals. */
export interface SetEnded {
  kind: "set_ended";
  reason: "failure" | "idle" | "pain" | "recording_ended" | "signal_lost" | "stopped" | "target_reached";
  full: number;
  short: number;
  partial: number;
  attempt: number;
  duration_s: number;
  work_j: number | null;
  time_under_tension_s: number | null;
  id: number;
  set: number | null;
  at_s: number;
  known_s: number;
  machine?: string;
  session?: string | null;
}

/**
 * The last event that the client has of a machine: what follows comes first.
 *
 * `session` null: that was a button pressed outside a session, whose place among the sessions it doesn't tell.
 */
export interface Resume {
  session: string | null;
  id: number;
}

/** The client's first message; a second one replaces the first. `rate_hz`: at most so many frames a second of each machine. */
export interface Watch {
  type: "watch";
  machines: string[] | "*";
  rate_hz?: number;
  resume?: Record<string, Resume>;
}

/** Asks for a `pong` of that id, to measure the clocks' offset. */
export interface Ping {
  type: "ping";
  id: number;
}

/** The server's first message. */
export interface Hello {
  type: "hello";
  protocol: number;
  server_ns: number;
}

/** The cue on the device clock: `origin_ns` null = none yet; in the future = a countdown. */
export interface CueState {
  origin_ns: number | null;
  running: boolean;
}

/** One instant on the device's clock and on the server's, ns; null = nothing heard yet. */
export interface ClockPair {
  device_ns: number | null;
  server_ns: number;
}

/** Everything that a late joiner needs of a machine; `repetitions`: those completed in the running (or last) set. */
export interface Snapshot {
  type: "snapshot";
  machine: string;
  plan: Plan | null;
  session: string | null;
  set: number | null;
  phase: Phase | null;
  repetition: number | null;
  repetitions: RepetitionCompleted[];
  last_event_id: number;
  cue: CueState;
  clock: ClockPair;
}

/** Every sample since the previous frame, thinned above 100 Hz: columns of equal length, null = no reading. */
export interface Trace {
  t_ns: number[];
  angle_deg: (number | null)[];
  torque_nm: (number | null)[];
}

/** The newest sample of a machine: `t_ns` on the device's clock, `sent_ns` on the server's, `skipped` frames were not sent. */
export interface Frame {
  type: "frame";
  machine: string;
  t_ns: number;
  sent_ns: number;
  age_ms: number;
  angle_deg: number | null;
  torque_nm: number | null;
  speed_deg_s: number | null;
  phase: Phase | null;
  repetition: number | null;
  cue_deg: number | null;
  trace: Trace;
  skipped: number;
}

/** How old a machine's newest sample is: live <= 250 ms, late <= 1 s, stale <= 5 s, lost beyond; offline by its status. */
export interface Feed {
  type: "feed";
  machine: string;
  state: FeedState;
}

/**
 * A payload that the service set aside, for the wall: `machine` null = of no machine that can be named. At most one a second a machine.
 *
 * `count` = set aside from there since the service started; `reason` and `message` are the newest one's.
 */
export interface Invalid {
  type: "invalid";
  machine: string | null;
  count: number;
  reason: string;
  message: string;
}

/**
 * What is and isn't kept of a machine's samples, for staff: sent when it changes, at most once a second a machine.
 *
 * `recording`: null = no session; where it is false, `reason` says in English why a session is not being recorded.
 * `backlog` = samples sampled and not stored yet; `backlog_s` their time; `eta_s` until they are here at the rate of the last
 * seconds; null = not known. `spool_share` = the used share of the machine's own disk quota; `spool_refuses`: it takes on no new
 * session. `conflict` = the boot of a second agent under this name, whose samples are not taken. `outdated` = a version of the
 * protocol that the service does not speak. `database` is false while the index can't be written (rows wait in a journal).
 * `restarted_utc`: when the service came back and took the running session up again.
 */
export interface Keeping {
  type: "keeping";
  machine: string;
  recording: boolean | null;
  code: "disk_failed" | "disk_full" | null;
  reason: string | null;
  backlog: number;
  backlog_s: number | null;
  eta_s: number | null;
  spool_share: number | null;
  spool_refuses: boolean;
  conflict: string | null;
  outdated: string | null;
  database: boolean;
  restarted_utc: string | null;
}

/**
 * Staff have seen what a machine needs (a name of the screens' own): other screens call for it no longer. For staff, once, not kept.
 *
 * Of a stop for pain outside a session (`need` pain) it is told to the patient's screen too, and who joins is told of the stop no more.
 */
export interface Seen {
  type: "seen";
  machine: string;
  need: string;
}

/**
 * What a patient said of a stop for pain: 0 = none, 10 = the worst that can be imagined; null = not said.
 *
 * `id` is the answer's own, new each time; `press` the stop's. `age_ms`: since it was said, at sending. `seen`: staff have seen it.
 */
export interface PainRating {
  id: string;
  press: string | null;
  pain: number | null;
  where: ("back" | "buttock" | "leg")[];
  quality: "dull" | "sharp" | null;
  age_ms: number;
  seen: boolean;
}

/**
 * What a patient said before a set: whether the alias is his own, how much it hurts now, that he is ready; null = not said.
 *
 * `skipped`: he went on without an answer. `id`, `age_ms`, `seen` as of a PainRating.
 */
export interface CheckIn {
  id: string;
  who: "other" | "self" | null;
  pain: number | null;
  ready: boolean;
  skipped: boolean;
  age_ms: number;
  seen: boolean;
}

/**
 * What the patient at a machine has said, for staff: sent when it changes and to who joins; of an earlier session nothing stands.
 *
 * Null = nothing was said.
 */
export interface Told {
  type: "told";
  machine: string;
  pain: PainRating | null;
  check_in: CheckIn | null;
}

/**
 * Whether a patient has his screen, for staff. `away`: a set runs, and for 5 s none of the machine's paired screens was heard from.
 *
 * Sent when it changes and, while it is so, to who joins; of a machine without a paired screen nothing is said.
 */
export interface PatientScreen {
  type: "screen";
  machine: string;
  away: boolean;
}

/** The answer to a `ping`. */
export interface Pong {
  type: "pong";
  id: number;
  server_ns: number;
}

/** Why the server is about to close. */
export interface ErrorMessage {
  type: "error";
  code: string;
  message: string;
}

/** What the service asks of an edge agent; `id` pairs it with its reply. */
export interface Command {
  id: string;
  verb: "identify" | "sweep" | "tare";
}

/** The answer to a command: `error` says why not, `result` what was measured. */
export interface Reply {
  id: string;
  ok: boolean;
  error: string | null;
  result: Record<string, unknown> | null;
}

/** Analysis events (contract 4), told apart by `kind`. */
export type AnyEvent =
  | SetStarted
  | RepetitionStarted
  | PhaseEntered
  | RepetitionCompleted
  | CadenceDeviated
  | RangeExceeded
  | SpeedExceeded
  | Struggle
  | FailureLikely
  | Failure
  | Unable
  | AbruptStop
  | Halted
  | EndStop
  | Assisted
  | Momentum
  | Unsure
  | ReserveEstimated
  | SignalFaulted
  | SignalRestored
  | ButtonPressed
  | Paused
  | Resumed
  | SetEnded;

/** An analysis event as the live feed sends it. */
export type EventMessage = AnyEvent & { type: "event" };

/** What a client of the live feed sends, told apart by `type`. */
export type ClientMessage =
  | Watch
  | Ping;

/** What the live feed sends, told apart by `type`. */
export type ServerMessage =
  | Hello
  | Snapshot
  | Frame
  | Feed
  | Invalid
  | Keeping
  | Seen
  | Told
  | PatientScreen
  | Pong
  | ErrorMessage
  | EventMessage;
