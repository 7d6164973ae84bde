/** Recorded sessions in place of the service, on a clock that stands still where it is told to. Knows no component. */
import type { World } from "../live/browser";
import type { Socket } from "../live/connection";
import type { ServerMessage, Watch } from "../wire.gen";
import type { Recording } from "./recording";

/** Something that befalls a machine's feed, so long before the moment that is shown. */
export type Befall = { ago_s: number } & (
  | { silent: true }
  | { stands: true }
  | { say: ServerMessage }
  | { happens: object }
);

/** A machine's session as it is played: `at_s` of its own time at the moment that is shown. */
export interface Part {
  recording: Recording;
  at_s: number;
  /** How old samples are when they come, ms. */
  age_ms?: number;
  befalls?: readonly Befall[];
}

export type Answer = (path: string, init: RequestInit | undefined) => Response | Promise<Response>;

/** 2026-01-15 10:30 in Berlin. */
const UTC_MS = Date.UTC(2026, 0, 15, 9, 30);
const HOST = "ilex.local:8000";
const BASE_MS = 1_000_000;
/** Far from the moment steps are longer: nothing drawn there is seen, and no rule of a screen looks closer. */
const STEP_MS = 50;
const FAR_STEP_MS = 200;
const NEAR_MS = 4000;
const MINUTE_MS = 60_000;

interface Task {
  at_ms: number;
  run: () => void;
}

class Line implements Socket {
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  readyState = 1;
  watching: Watch | null = null;
  private readonly world: RecordedWorld;

  constructor(world: RecordedWorld) {
    this.world = world;
  }

  send(text: string): void {
    const order = JSON.parse(text) as Watch | { type: "ping"; id: number };
    if (order.type === "ping") {
      const { id } = order;
      this.world.soon(() => this.say({ type: "pong", id, server_ns: this.world.server_ns }));
    } else {
      this.watching = order;
      this.world.soon(() => this.world.greet(this, order));
    }
  }

  say(message: ServerMessage): void {
    if (this.readyState === 1) this.onmessage?.({ data: JSON.stringify(message) } as MessageEvent<unknown>);
  }

  close(code = 1000): void {
    this.readyState = 3;
    this.onclose?.({ code } as CloseEvent);
  }
}

export class RecordedWorld implements World {
  private now_ms = BASE_MS;
  private moment_ms = BASE_MS;
  private parts: readonly Part[] = [];
  private answer: Answer = () => new Response(null, { status: 404 });
  private address = "";
  private cut_ms = Number.POSITIVE_INFINITY;
  private steps: (() => void)[] = [];
  private tasks: Task[] = [];
  private lines: Line[] = [];
  private frozen = true;

  /** What is played from now on, `lead_s` before its moment; the service is away from `cut_s` before it on. */
  stage(parts: readonly Part[], lead_s: number, answer: Answer, address: string, cut_s: number | null): void {
    this.parts = parts;
    this.answer = answer;
    this.address = address;
    this.tasks = [];
    this.lines = [];
    this.frozen = false;
    // A whole minute: what counts seconds stands where it stood, whatever was shown before.
    this.moment_ms = Math.ceil((this.now_ms + lead_s * 1000) / MINUTE_MS) * MINUTE_MS;
    this.now_ms = this.moment_ms - lead_s * 1000;
    this.cut_ms = cut_s === null ? Number.POSITIVE_INFINITY : this.moment_ms - cut_s * 1000;
    this.tasks.push({ at_ms: this.cut_ms, run: () => this.cut() });
    for (const { recording, befalls = [] } of parts) {
      for (const befall of befalls) {
        if ("silent" in befall || "stands" in befall) continue;
        const message: ServerMessage =
          "say" in befall
            ? ({ ...befall.say, machine: recording.machine } as ServerMessage)
            : ({ ...this.event(recording, befall.ago_s), ...befall.happens } as ServerMessage);
        this.tasks.push({ at_ms: this.moment_ms - befall.ago_s * 1000, run: () => this.tell(message) });
      }
    }
  }

  /** Plays on up to so long before the moment, and stands still there. `rest` lets the page draw what it has to. */
  async play(ago_s: number, rest: () => Promise<void>): Promise<void> {
    const until_ms = this.moment_ms - ago_s * 1000;
    this.frozen = false;
    await rest();
    while (this.now_ms < until_ms) {
      const before_ms = this.now_ms;
      const step_ms = until_ms - before_ms > NEAR_MS ? FAR_STEP_MS : STEP_MS;
      this.now_ms = Math.min(before_ms + step_ms, until_ms);
      this.due();
      for (const part of this.parts) this.playPart(part, before_ms);
      this.drawn();
      await Promise.resolve();
    }
    this.frozen = true;
    await rest();
  }

  get server_ns(): number {
    return this.now_ms * 1e6;
  }

  readonly open = (): Socket => {
    const line = new Line(this);
    if (this.now_ms >= this.cut_ms) return line;
    this.lines.push(line);
    this.soon(() => {
      line.onopen?.(new Event("open"));
      line.say({ type: "hello", protocol: 1, server_ns: this.server_ns });
    });
    return line;
  };

  readonly now = (): number => this.now_ms;

  readonly later = (run: () => void, delay_ms: number): (() => void) => {
    const task = { at_ms: this.now_ms + delay_ms, run };
    this.tasks.push(task);
    return () => {
      this.tasks = this.tasks.filter((each) => each !== task);
    };
  };

  readonly random = (): number => 0.5;

  readonly utc_ms = (): number => UTC_MS + this.now_ms - this.moment_ms;

  readonly repaint = (step: () => void): void => {
    this.steps.push(step);
  };

  readonly ask = async (path: string, init?: RequestInit): Promise<Response> => this.answer(path, init);

  readonly host = (): string => HOST;

  readonly search = (): string => this.address;

  readonly store = (): null => null;

  soon(run: () => void): void {
    if (this.frozen) run();
    else this.tasks.push({ at_ms: this.now_ms, run });
  }

  /** Everything that a late joiner needs, and what it asks for of the past. */
  greet(line: Line, { machines, resume = {} }: Watch): void {
    for (const name of machines === "*" ? [] : machines) {
      if (!this.parts.some(({ recording }) => recording.machine === name)) line.close(1008);
    }
    for (const { recording, at_s } of this.parts) {
      if (machines !== "*" && !machines.includes(recording.machine)) continue;
      const here_s = this.timeOf(at_s);
      const had = resume[recording.machine];
      const heard = had?.id ?? Number.POSITIVE_INFINITY;
      for (const event of recording.until(here_s)) if (event.id > heard) line.say(event);
      line.say(recording.snapshot(here_s, this.server_ns));
      line.say({ type: "feed", machine: recording.machine, state: "live" });
    }
  }

  private cut(): void {
    for (const line of this.lines.splice(0)) line.close(1012);
  }

  private tell(message: ServerMessage): void {
    for (const line of this.lines) if (line.watching !== null) line.say(message);
  }

  private playPart({ recording, at_s, age_ms, befalls = [] }: Part, before_ms: number): void {
    const silent = befalls.find((befall) => "silent" in befall);
    if (silent !== undefined && this.now_ms > this.moment_ms - silent.ago_s * 1000) return;
    const from_s = this.timeOf(at_s, before_ms);
    const to_s = this.timeOf(at_s);
    const cue_s = recording.nextCue(from_s);
    for (const event of recording.until(to_s)) if (event.known_s > from_s) this.tell(event);
    if (cue_s !== null && cue_s <= to_s) this.tell(recording.snapshot(to_s, this.server_ns));
    const stands = befalls.find((befall) => "stands" in befall);
    const stood_s = stands === undefined ? Number.POSITIVE_INFINITY : at_s - stands.ago_s;
    const frame = recording.frame(from_s, to_s, this.server_ns, age_ms, stood_s);
    if (frame !== null) this.tell(frame);
  }

  /** A part's own time, s, at a time of the page. */
  private timeOf(at_s: number, now_ms = this.now_ms): number {
    return at_s - (this.moment_ms - now_ms) / 1000;
  }

  private event(recording: Recording, ago_s: number): object {
    const part = this.parts.find((each) => each.recording === recording);
    const at_s = (part?.at_s ?? 0) - ago_s;
    const before = recording.until(at_s).at(-1);
    const { machine, session } = recording;
    // Between two of the recorded ids: none of those is taken for heard.
    return { type: "event", id: (before?.id ?? 0) + 0.5, set: before?.set ?? 1, at_s, known_s: at_s, machine, session };
  }

  private due(): void {
    for (;;) {
      const due = this.tasks.filter(({ at_ms }) => at_ms <= this.now_ms).sort((a, b) => a.at_ms - b.at_ms);
      const [first] = due;
      if (first === undefined) return;
      this.tasks = this.tasks.filter((each) => each !== first);
      first.run();
    }
  }

  private drawn(): void {
    const steps = this.steps;
    this.steps = [];
    for (const step of steps) step();
  }
}
