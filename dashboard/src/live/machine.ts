/** What this page knows of one machine: its state from snapshots and events, its newest samples from frames. */
import { Cue } from "../cue/cue";
import type {
  CueState,
  EventMessage,
  FeedState,
  Frame,
  Phase,
  Plan,
  RepetitionCompleted,
  Resume,
  SetEnded,
  SignalFaulted,
  Snapshot,
} from "../wire.gen";
import { Answers } from "./answers";
import { Cadence, type CadenceHint } from "./cadence";
import { DeviceClock, type ServerClock } from "./clock";
import { countOf, type Over, overOf } from "./ending";
import { Findings } from "./findings";
import { FREEZE_MS, type Freshness, freshness } from "./freshness";
import { Keep } from "./keeping";
import { angledAt, LYING, plausible } from "./reading";
import { Trace } from "./ring";

/** A sample so much older than the newest, and said to be of now, is of another run. */
const RERUN_MS = 1000;
/** 13 s at 100 Hz, and some. */
const SAMPLES = 2048;

export class Machine {
  readonly name: string;
  readonly trace = new Trace(SAMPLES);
  readonly clock = new DeviceClock();

  plan: Plan | null = null;
  session: string | null = null;
  set: number | null = null;
  phase: Phase | null = null;
  repetition: number | null = null;
  repetitions: RepetitionCompleted[] = [];
  cue: CueState = { origin_ns: null, running: false };
  path: Cue | null = null;

  paused = false;
  /** The pause holds a countdown, which a resume lays anew; not known of one from before this page. */
  held = false;
  /** The last set's end, until another begins. */
  ended: SetEnded | null = null;
  /** When the last set's end, and the last repetition's, were heard of, on this page's clock; long ago for what came before this page. */
  ended_ms = Number.NEGATIVE_INFINITY;
  completed_ms = Number.NEGATIVE_INFINITY;
  /** What came of the last set; a session that ends or begins after it takes nothing of that away, only the next set does. */
  over: Over | null = null;
  pain = false;
  /** The press that stopped for pain, where it is known. */
  press: string | null = null;
  /** It was pressed outside a session and nobody is known to have seen it: until then it stands, whatever begins by movement (decision 0248). */
  unseen = false;
  hint: CadenceHint | null = null;
  readonly findings = new Findings();
  readonly cadence = new Cadence();
  /** Hears every event once, in order; those from before this page joined come with no time of their own (-Infinity). */
  told: (event: EventMessage, received_ms: number) => void = () => {};
  readonly keep = new Keep();
  readonly answers = new Answers();
  /** A set runs, and none of its paired screens is heard from: the patient sees no cue, and no stop he presses is sent. */
  screenAway = false;
  /** Faults that stand, by `channel:fault`. */
  readonly faults = new Map<string, SignalFaulted>();

  angle_deg: number | null = null;
  torque_nm: number | null = null;
  skipped = 0;
  /** Device time of the newest sample, ms. */
  newest_ms: number | null = null;
  /** When the newest sample and the newest one with an angle were taken, on this page's clock: unlike the cue's clock never smoothed. */
  private sampled_ms: number | null = null;
  private angled_ms: number | null = null;
  /** Since when the angle has been dropping out, with or without readings in between; device time, ms. */
  private dropping_ms: number | null = null;
  /** How far the ages can be wrong by the clocks, ms; counted in: what may be old is called old. */
  private error_ms = 0;
  offline = false;
  /** What the service last called this feed; the page's own reckoning counts where it has one. */
  said: FeedState | null = null;

  /** When the service last said that it set something of this machine aside, on this page's clock. */
  invalid_ms: number | null = null;

  /** The last event that had happened when this page joined the session, and those up to it that have come. */
  private known = 0;
  private past: EventMessage[] = [];
  private late = false;
  private catching = false;
  private heard: Resume | null = null;
  /** Sessions that are over here, newest last: what is told of them later is history. */
  private readonly left: string[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** The last event that is here, to resume from. */
  get resume(): Resume | null {
    // Until the past has come whole it is asked for from its beginning.
    return this.heard !== null && this.catching ? { session: this.heard.session, id: 0 } : this.heard;
  }

  /** The standing fault under which the angle can't be trusted. */
  get untrusted(): SignalFaulted | null {
    for (const fault of this.faults.values()) {
      if (fault.channel === "angle" && LYING.includes(fault.fault)) return fault;
    }
    return null;
  }

  /** Full, short and partial repetitions of the running or the last set (contract 1). */
  get count(): number {
    return this.repetitions.filter((done) => done.extent !== "attempt").length;
  }

  /** The repetition that is under way, counted on from those done; else how many are done. */
  get current(): number {
    if (this.set === null && this.ended !== null) return countOf(this.ended);
    const last = this.repetitions[this.repetitions.length - 1]?.repetition ?? 0;
    const under_way = this.set !== null && this.repetition !== null && this.repetition > last;
    return this.count + (under_way ? 1 : 0);
  }

  /**
   * The number of the repetition after the last that came back to the flexed end: it changes there, never on the way. One that went up
   * again before is closed only when the next is under way (`incomplete_return`).
   */
  get next(): number {
    const back = this.repetitions.findLast(({ flags }) => !flags.includes("incomplete_return"));
    return this.set === null ? 1 : (back?.repetition ?? 0) + 1;
  }

  snapshot(message: Snapshot): void {
    if (message.session !== this.session) this.enter(message.session);
    if (JSON.stringify(message.plan) !== JSON.stringify(this.plan)) {
      this.plan = message.plan;
      this.path = message.plan === null ? null : new Cue(message.plan);
    }
    this.set = message.set;
    this.phase = message.phase;
    this.repetition = message.repetition;
    this.repetitions = message.repetitions;
    this.cue = message.cue;
    if (this.heard === null && message.session !== null) {
      // What came before is asked for: a pause or a pain stop stands in no snapshot.
      this.heard = { session: message.session, id: 0 };
      this.known = message.last_event_id;
      this.catching = this.known > 0;
      this.late = this.catching;
    }
    this.settle();
  }

  /** True where a session was joined in its middle, whose events so far have yet to be asked for. */
  takeLate(): boolean {
    const late = this.late;
    this.late = false;
    return late;
  }

  event(event: EventMessage, received_ms: number): void {
    const session = event.session ?? null;
    if (session === null && event.kind === "button_pressed" && event.press === this.press) {
      // What stands is told again to whoever comes back.
      this.pain = true;
      this.unseen = true;
      return;
    }
    if (session !== null) {
      if (this.catching && session === this.session && event.id <= this.known) {
        if (event.id === this.past.length + 1) this.past.push(event);
        if (this.past.length === this.known) this.catchUp();
        return;
      }
      if (this.heard?.session === session && event.id <= this.heard.id) return;
      this.heard = { session, id: event.id };
      if (session !== this.session) {
        if (this.left.includes(session)) {
          if (event.kind === "set_ended" && this.session === null) this.end(event);
          return;
        }
        this.enter(session);
      }
    }
    this.follow(event, received_ms);
  }

  /** Takes the events of a session that was joined late, all at once; where it stands now, the snapshot has said. */
  private catchUp(): void {
    const { set, phase, repetition, repetitions } = this;
    this.catching = false;
    if (this.heard !== null) this.heard = { ...this.heard, id: Math.max(this.heard.id, this.known) };
    for (const event of this.past.splice(0)) this.follow(event, Number.NEGATIVE_INFINITY);
    Object.assign(this, { set, phase, repetition, repetitions });
    if (set !== null) this.ended = null;
    this.settle();
  }

  /** Somebody has seen a stop that was pressed outside a session, or has started: what begins now leaves it behind. */
  seePain(): void {
    this.unseen = false;
    this.settle();
  }

  /** A cue that runs has left pause and pain behind. */
  private settle(): void {
    if (!this.cue.running) return;
    this.paused = false;
    this.pain = this.unseen;
    this.findings.halt = false;
  }

  private follow(event: EventMessage, received_ms: number): void {
    this.findings.follow(event);
    this.cadence.follow(event);
    this.told(event, received_ms);
    switch (event.kind) {
      case "set_started":
        this.begin(event.set);
        break;
      case "repetition_started":
        this.repetition = event.repetition;
        break;
      case "phase_entered":
        this.phase = event.phase;
        break;
      case "repetition_completed":
        this.repetitions = [...this.repetitions.filter((done) => done.repetition < event.repetition), event];
        this.completed_ms = received_ms;
        break;
      case "cadence_deviated":
        this.hint = { direction: event.direction, local_ms: received_ms };
        break;
      case "signal_faulted":
        this.faults.set(`${event.channel}:${event.fault}`, event);
        if (event.channel === "angle" && event.fault === "dropout") this.dropping_ms ??= this.newest_ms;
        break;
      case "signal_restored":
        if (event.channel === "angle" && event.fault === "dropout") this.dropping_ms = null;
        this.faults.delete(`${event.channel}:${event.fault}`);
        break;
      case "button_pressed":
        if (event.button !== "pain") break;
        this.pain = true;
        this.press = event.press;
        this.unseen ||= (event.session ?? null) === null;
        break;
      case "paused":
        this.paused = true;
        // The cue stops with the snapshot that follows.
        this.held = this.set === null && this.cue.running;
        break;
      case "resumed":
        this.paused = false;
        break;
      case "set_ended":
        this.end(event);
        this.ended_ms = received_ms;
        this.set = null;
        this.phase = null;
        this.paused = false;
        if (event.reason === "pain") this.pain = true;
        break;
      default:
    }
  }

  frame(message: Frame, server: ServerClock): void {
    const newest_ms = message.t_ns / 1e6;
    const local_ms = server.local(message.sent_ns / 1e6 - message.age_ms);
    if (this.newest_ms !== null && newest_ms <= this.newest_ms) {
      const expected_ms = local_ms === null ? null : this.clock.at(local_ms);
      // Told again, or late: nothing newer has been sampled, and it says nothing about the clock.
      if (newest_ms === this.newest_ms || expected_ms === null || expected_ms - newest_ms < RERUN_MS) return;
      // Another run of the machine, with a clock of its own: the cue was on the old one.
      this.forget();
      this.cue = { origin_ns: null, running: false };
    }
    if (local_ms !== null) {
      this.clock.observe(newest_ms, local_ms);
      this.sampled_ms = local_ms;
      this.error_ms = server.error_ms;
      const angled_ms = angledAt(message);
      if (angled_ms !== null) this.angled_ms = local_ms + angled_ms - newest_ms;
    }
    this.newest_ms = newest_ms;
    this.offline = false;
    const { t_ns, angle_deg, torque_nm } = message.trace;
    for (let i = 0; i < t_ns.length; i++) {
      // The trace is as sampled, wild readings and all; the frame's own angle has been judged.
      const angle = angle_deg[i] ?? Number.NaN;
      this.trace.push((t_ns[i] ?? Number.NaN) / 1e6, plausible(angle) ? angle : Number.NaN, torque_nm[i] ?? Number.NaN);
    }
    this.angle_deg = message.angle_deg;
    this.torque_nm = message.torque_nm;
    this.phase = this.set === null ? null : message.phase;
    if (this.set !== null) this.repetition = message.repetition;
    this.skipped += message.skipped;
  }

  feed(state: FeedState): void {
    this.said = state;
    this.offline = state === "offline";
  }

  /** Age of the newest sample at a time of this page, ms; null where there has been none. */
  age(local_ms: number): number | null {
    return this.since(this.sampled_ms, local_ms);
  }

  /** Age of the newest sample that has an angle, ms. */
  angleAge(local_ms: number): number | null {
    return this.since(this.angled_ms, local_ms);
  }

  /** The angle may be followed: its newest reading is no older than the freeze, none of its faults stands, and it has not been coming and going. */
  sound(local_ms: number): boolean {
    const age_ms = this.angleAge(local_ms);
    const dropping = this.dropping_ms !== null && (this.newest_ms ?? 0) - this.dropping_ms > FREEZE_MS;
    return age_ms !== null && age_ms <= FREEZE_MS && !dropping && this.untrusted === null;
  }

  /** The feed's state at a time of this page, by the age of the newest sample; null where there has been none. */
  freshness(local_ms: number): Freshness | null {
    const age_ms = this.age(local_ms);
    return age_ms === null ? null : freshness(age_ms);
  }

  /** Seconds since the cue's origin (negative in the countdown); null without a plan or a running cue. */
  sinceOrigin(local_ms: number): number | null {
    const device_ms = this.clock.at(local_ms);
    return device_ms === null ? null : this.cueTime(device_ms);
  }

  /** A device time in seconds since the cue's origin; null without a plan or an origin. */
  cueTime(device_ms: number): number | null {
    return this.path === null || this.cue.origin_ns === null ? null : device_ms / 1e3 - this.cue.origin_ns / 1e9;
  }

  /** Forgets samples and clock, keeps the state: after sleep, or in another run of the machine. */
  forget(): void {
    this.trace.clear();
    this.clock.reset();
    this.newest_ms = null;
    this.sampled_ms = null;
    this.angled_ms = null;
    this.dropping_ms = null;
    this.angle_deg = null;
    this.torque_nm = null;
  }

  private since(taken_ms: number | null, local_ms: number): number | null {
    return taken_ms === null ? null : Math.max(0, local_ms - taken_ms + this.error_ms);
  }

  private enter(session: string | null): void {
    if (this.session !== null) this.left.push(this.session);
    if (this.left.length > 8) this.left.shift();
    this.session = session;
    this.known = 0;
    this.past = [];
    this.late = false;
    this.catching = false;
    this.begin(null);
    this.pain = this.pain && (session === null || this.unseen);
    this.faults.clear();
    this.dropping_ms = null;
  }

  private end(event: SetEnded): void {
    this.ended = event;
    this.over = overOf(event, this.repetitions, this.plan);
  }

  private begin(set: number | null): void {
    this.set = set;
    if (set !== null) this.over = null;
    this.phase = null;
    this.repetition = null;
    this.repetitions = [];
    this.paused = false;
    if (set !== null || this.session !== null) {
      this.ended = null;
      this.findings.clear();
      this.cadence.clear();
    }
    if (set !== null) this.pain = this.unseen;
    this.hint = null;
  }
}
