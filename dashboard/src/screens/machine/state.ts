/** The machine's page in motion: what it knows, four times a second as plain values. */
import { type Signal, signal } from "@preact/signals";
import { browser } from "../../live/browser";
import { Floor } from "../../live/floor";
import type { Machine } from "../../live/machine";
import { Story } from "../../live/story";
import { everyFrame, Pace } from "../../ui/loop";
import type { AnyEvent, Plan } from "../../wire.gen";
import { setsOf } from "../set/rows";
import { Attention, acknowledge, type Need } from "../wall/attention";
import { type TileView, tileOf } from "../wall/tile";
import { type Allowed, allowedAt, Delay, type ReserveView, reserveOf } from "./view";

const RATE_HZ = 30;
const DIGITS_MS = 250;

export interface Shown {
  tile: TileView;
  allowed: Allowed;
  reserve: ReserveView;
  delay: { median: number; most: number } | null;
  need: Need | null;
  seen: boolean;
  plan: Plan | null;
  session: string | null;
  set: number | null;
  repetition: number | null;
  unknown: boolean;
  linked: boolean;
}

export class MachineState {
  readonly floor: Floor;
  readonly machine: Machine;
  readonly story = new Story();
  readonly shown: Signal<Shown>;
  readonly events: Signal<readonly AnyEvent[]> = signal([]);
  /** The set whose summary is shown; null: what is live. */
  readonly tab: Signal<number | null> = signal(null);
  readonly selected: Signal<number | null> = signal(null);

  private readonly attention = new Attention();
  private readonly delay = new Delay();
  private version = 0;
  private latest = "";

  constructor(name: string) {
    this.floor = new Floor(browser, [name], RATE_HZ);
    this.machine = this.floor.machine(name);
    this.machine.told = (event, received_ms) => {
      this.story.follow(event, Number.isFinite(received_ms) ? this.machine.newest_ms : null);
    };
    this.floor.acknowledged = (machine, need) => {
      // What was told just before may not have been looked at yet.
      this.attention.update([this.machine], browser.now());
      this.attention.acknowledge(machine, need);
    };
    this.shown = signal(this.look(browser.now()));
  }

  /** Until the answer is called; `failed` hears why it can go on no more. */
  start(failed: (error: unknown) => void): () => void {
    const pace = new Pace(DIGITS_MS);
    this.floor.connection.start();
    const end = everyFrame((now) => {
      this.delay.drawn(this.machine, now);
      this.story.take(this.machine.trace);
      if (!pace.due(now)) return;
      const next = this.look(now);
      if (JSON.stringify(next) !== JSON.stringify(this.shown.peek())) this.shown.value = next;
      if (this.story.version !== this.version) {
        this.version = this.story.version;
        this.events.value = [...this.story.events];
      }
      this.turn();
    }, failed);
    return () => {
      end();
      this.floor.connection.stop();
    };
  }

  acknowledge(need: Need): void {
    this.attention.acknowledge(this.machine.name, need);
    acknowledge(this.machine, need);
  }

  /** A set that has ended shows its summary, one that begins what is live. */
  private turn(): void {
    const { machine, story } = this;
    const last = setsOf(story.events).at(-1);
    const running = machine.set !== null || machine.cue.running;
    // A session of which nothing is told yet: another patient sits down.
    const fresh = machine.session !== null && machine.session !== story.session;
    const latest = running || fresh ? `${machine.session}` : `${story.session}:${last?.set}:${last?.ended != null}`;
    if (latest === this.latest) return;
    this.latest = latest;
    this.selected.value = null;
    this.tab.value = !running && !fresh && last?.ended != null ? last.set : null;
  }

  private look(now: number): Shown {
    const { machine, floor } = this;
    const tile = tileOf(machine, now);
    const [call] = this.attention.update([machine], now);
    return {
      tile,
      allowed: allowedAt(machine, now),
      reserve: reserveOf(machine, tile.stale),
      delay: tile.stale ? null : this.delay.figures,
      need: call?.need ?? null,
      seen: call?.seen ?? false,
      plan: machine.plan,
      session: (this.tab.peek() === null ? machine.session : null) ?? this.story.session,
      set: machine.set,
      repetition: machine.repetition,
      unknown: floor.closeCode === 1008,
      linked: floor.link === "open",
    };
  }
}
