/**
 * The patient's screen at any moment of a recorded session (decision 0185): the live screen's own machine, scenes and view, told what was
 * recorded when it became known. Pure: time and how long may be spent are arguments.
 *
 * Session time is this screen's clock, and the device's: what came live is taken to have come at once.
 */
import { ServerClock } from "../../live/clock";
import { Machine } from "../../live/machine";
import type { EventMessage, Plan, Snapshot } from "../../wire.gen";
import { type Scale, widen } from "../patient/scale";
import { type Scene, sceneOf, Watch } from "../patient/scene";
import type { Feedback, Motion } from "../patient/settings";
import { type View, viewOf } from "../patient/view";
import type { AnyEvent, Coverage, RecordNote } from "../record/record";
import type { About, Columns, Values } from "./columns";
import { placeAt } from "./columns";

/** Where the cue stood from `known_s` on (null = from the beginning): its origin (null = none), and whether it ran. */
export interface CueSaid {
  known_s: number | null;
  origin_s: number | null;
  running: boolean;
}

/** What is told of a session beside its samples. */
export interface Story {
  session: string;
  machine: string;
  plan: Plan | null;
  started_utc: string;
  /** As they were shown live. */
  events: readonly AnyEvent[];
  cues: readonly CueSaid[];
  coverage: readonly Coverage[];
  notes: readonly RecordNote[];
}

/** A stretch of what the screen was sent: frames every 20 ms, and the samples between them. */
export interface Reel {
  from_s: number;
  to_s: number;
  frames: { t_s: Values; angle_deg: Values; torque_nm: Values };
  samples: { t_s: Values; angle_deg: Values; torque_nm: Values };
}

/** Before a moment the screen is played for so long at least, so that trail, torque bar and standstill are there. */
const BEFORE_S = 35;
/** And from so long before the cue was laid: the patient sits down before it. */
const SEAT_S = 5;
/** A picture is looked at so often where nothing comes. */
const STEP_S = 0.04;
/** So much earlier it begins that what comes at its first moment is shown. */
const EDGE_S = 0.001;
const USUAL = { feedback: "full" as Feedback, motion: "scroll" as Motion };
const SILENT: Snapshot["cue"] = { origin_ns: null, running: false };

type Happening = { known_s: number } & ({ event: EventMessage } | { cue: Snapshot["cue"] });

export class Mirror {
  story: Story;
  machine: Machine;
  scene: Scene | null = null;
  seen: Scale | null = null;
  /** How far it has been played, s; before 0 it knows nothing. */
  at_s = Number.NEGATIVE_INFINITY;

  private happenings: readonly Happening[];
  private readonly server = new ServerClock();
  private watch = new Watch();
  private reel: Reel | null = null;
  private told = 0;
  private turn = -1;
  private frame = 0;
  private sample = 0;

  constructor(story: Story) {
    this.story = story;
    this.happenings = happeningsOf(story);
    this.server.pong(0, 0, 0);
    this.machine = new Machine(story.machine);
  }

  /** From when on it must be played to be right at a moment. */
  begins(at_s: number): number {
    let began: number | null = null;
    for (const { known_s, running } of this.story.cues) {
      if ((known_s ?? 0) > at_s) break;
      began = running ? (began ?? known_s ?? 0) : null;
    }
    return Math.max(0, Math.min(at_s - BEFORE_S, (began ?? at_s) - SEAT_S));
  }

  /** From when on something must be at hand: from where it stands, if it can be played on from there. */
  from(at_s: number): number {
    const begins_s = this.begins(at_s);
    return this.reaches(at_s, begins_s) ? Math.max(0, this.at_s) : begins_s;
  }

  /** True where what is at hand reaches from where it must be played to a moment. */
  has(at_s: number): boolean {
    return this.reel !== null && this.reel.from_s <= this.from(at_s) && this.reel.to_s >= at_s - EDGE_S;
  }

  /** The story as it is known by now; what has been shown of it stays. */
  tell(story: Story): void {
    this.story = story;
    this.happenings = happeningsOf(story);
    this.told = this.happenings.filter(({ known_s }) => known_s <= this.at_s).length;
  }

  give(reel: Reel): void {
    this.reel = reel;
    this.find();
  }

  /** True where it can't be played on to a moment: it begins again before it. */
  anew(at_s: number): boolean {
    return !this.reaches(at_s, this.begins(at_s));
  }

  /** Plays on to a moment as long as `more` says so; true once it is there. Only where `has` says that it can. */
  go(at_s: number, more: () => boolean): boolean {
    const begins_s = this.begins(at_s);
    if (!this.reaches(at_s, begins_s)) this.begin(begins_s - EDGE_S);
    while (this.at_s < at_s) {
      if (!more()) return false;
      const frame_s = this.reel?.frames.t_s[this.frame] ?? Number.POSITIVE_INFINITY;
      this.step(Math.min(at_s, this.at_s + STEP_S, Math.max(frame_s, this.at_s)));
    }
    return true;
  }

  /** It can be played on to a moment, which must be played from `begins_s` on. */
  private reaches(at_s: number, begins_s: number): boolean {
    return at_s >= this.at_s && this.at_s >= begins_s - 2 * EDGE_S;
  }

  /** What is written beside the picture. */
  view(): View | null {
    const utc_ms = Date.parse(this.story.started_utc) + this.at_s * 1000;
    return this.scene === null ? null : viewOf(this.machine, this.scene, this.at_s * 1000, utc_ms);
  }

  /** How the set was shown: what the screen told of it, else the usual. */
  settings(): { feedback: Feedback; motion: Motion } {
    const told = this.story.notes.filter(
      (note) => note.kind === "set_shown" && (note as { set?: number }).set === this.machine.set,
    );
    return { ...USUAL, ...(told.at(-1) as Partial<typeof USUAL> | undefined) };
  }

  /** Anew: told all that was known by then, shown nothing yet. */
  private begin(at_s: number): void {
    const { machine, plan, session } = this.story;
    this.machine = new Machine(machine);
    this.watch = new Watch();
    this.seen = null;
    this.told = 0;
    this.at_s = at_s;
    this.machine.snapshot({
      type: "snapshot",
      machine,
      plan,
      session,
      set: null,
      phase: null,
      repetition: null,
      repetitions: [],
      last_event_id: 0,
      cue: SILENT,
      clock: { device_ns: 0, server_ns: 0 },
    });
    this.hear(at_s);
    this.find();
    this.look();
  }

  private find(): void {
    if (this.reel === null) return;
    this.frame = placeAt(this.reel.frames.t_s, this.at_s) + 1;
    this.sample = placeAt(this.reel.samples.t_s, this.at_s) + 1;
  }

  private step(to_s: number): void {
    this.at_s = to_s;
    const { reel, frame } = this;
    if (reel !== null && (reel.frames.t_s[frame] ?? Number.POSITIVE_INFINITY) <= to_s) {
      this.frame += 1;
      // Events first, as on the wire: a frame's phase is that of after them.
      this.hear(to_s);
      this.show(reel, frame);
      // Told by time, not by the frame's place in the reel: it is the same whichever reel it came with.
      const turn = Math.floor(to_s / STEP_S + 1e-6);
      if (turn === this.turn) return;
      this.turn = turn;
    } else this.hear(to_s);
    this.look();
  }

  private look(): void {
    this.seen = widen(this.seen, this.machine.angle_deg);
    this.scene = sceneOf(this.machine, this.at_s * 1000, this.watch, { pain: false, asks: false, rest_s: 0 });
  }

  private hear(to_s: number): void {
    for (; this.told < this.happenings.length; this.told++) {
      const happening = this.happenings[this.told];
      if (happening === undefined || happening.known_s > to_s) return;
      if ("event" in happening) this.machine.event(happening.event, happening.known_s * 1000);
      else {
        const { plan, session, set, phase, repetition, repetitions } = this.machine;
        this.machine.snapshot({
          type: "snapshot",
          machine: this.story.machine,
          plan,
          session,
          set,
          phase,
          repetition,
          repetitions,
          last_event_id: 0,
          cue: happening.cue,
          clock: { device_ns: 0, server_ns: 0 },
        });
      }
    }
  }

  private show({ frames, samples }: Reel, n: number): void {
    const t_s = frames.t_s[n] ?? 0;
    const trace: { t_ns: number[]; angle_deg: (number | null)[]; torque_nm: (number | null)[] } = {
      t_ns: [],
      angle_deg: [],
      torque_nm: [],
    };
    for (; (samples.t_s[this.sample] ?? Number.POSITIVE_INFINITY) <= t_s + 1e-6; this.sample++) {
      const last_ns = trace.t_ns.at(-1);
      const t_ns = (samples.t_s[this.sample] ?? 0) * 1e9;
      // As the service thins what is faster than 100 Hz.
      if (last_ns !== undefined && t_ns - last_ns < 9.9e6) continue;
      trace.t_ns.push(t_ns);
      trace.angle_deg.push(reading(samples.angle_deg[this.sample]));
      trace.torque_nm.push(reading(samples.torque_nm[this.sample]));
    }
    const angle_deg = reading(frames.angle_deg[n]);
    if (angle_deg === null && trace.t_ns.length === 0) return;
    const { phase, repetition } = this.machine;
    this.machine.frame(
      {
        type: "frame",
        machine: this.story.machine,
        t_ns: t_s * 1e9,
        sent_ns: t_s * 1e9,
        age_ms: 0,
        angle_deg,
        torque_nm: reading(frames.torque_nm[n]),
        speed_deg_s: null,
        phase,
        repetition,
        cue_deg: null,
        trace,
        skipped: 0,
      },
      this.server,
    );
  }
}

function reading(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}

/** Everything that was told, in the order in which it became known; at one time events come before what follows from them. */
function happeningsOf({ events, cues, session, machine }: Story): Happening[] {
  const told: Happening[] = events.map((event) => ({
    known_s: Number(event.known_s),
    event: { ...event, type: "event", machine, session } as unknown as EventMessage,
  }));
  for (const { known_s, origin_s, running } of cues)
    told.push({
      known_s: known_s ?? Number.NEGATIVE_INFINITY,
      cue: { origin_ns: origin_s === null ? null : origin_s * 1e9, running },
    });
  return told.sort((a, b) => a.known_s - b.known_s);
}

/** A reel from what the service sends of a stretch: `/internals` and `/signals`. What came late was not shown. */
export function reelOf(inside: Columns, signals: Columns, coverage: readonly Coverage[]): Reel {
  const live = lived(coverage);
  const of = ({ about, column }: Columns, name: string): Values => {
    if (about.width_s === 0) return column(name);
    const [low, high] = [column(`${name}.low`), column(`${name}.high`)];
    return Float32Array.from(low, (value, n) => (value + (high[n] ?? value)) / 2);
  };
  const t_s = signals.column("t_s");
  const kept = live === null ? null : Array.from(t_s.keys()).filter((n) => live(t_s[n] ?? 0));
  const shown = (values: Values) => (kept === null ? values : Float64Array.from(kept, (n) => values[n] ?? Number.NaN));
  return {
    from_s: Math.max(inside.about.from_s, signals.about.from_s),
    to_s: Math.min(endOf(inside.about), endOf(signals.about)),
    frames: {
      t_s: inside.column("t_s"),
      angle_deg: of(inside, "angle_shown_deg"),
      torque_nm: of(inside, "torque_shown_nm"),
    },
    samples: {
      t_s: shown(t_s),
      angle_deg: shown(of(signals, "angle_deg")),
      torque_nm: shown(of(signals, "torque_nm")),
    },
  };
}

/** How far columns reach: of a session that runs, to its newest sample. */
function endOf({ open, to_s, length_s }: About): number {
  return open ? Math.min(to_s, length_s) : to_s;
}

/** Whether a time was shown live; null where all was. What lies in a gap has come since that was told. */
function lived(coverage: readonly Coverage[]): ((at_s: number) => boolean) | null {
  const late = coverage.filter(({ kind }) => kind !== "live");
  return late.length === 0 ? null : (at_s) => !late.some(({ from_s, to_s }) => at_s >= from_s && at_s < to_s);
}
