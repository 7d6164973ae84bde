/** All machines this page watches, kept by one connection. */
import type { Resume, ServerMessage, Watch } from "../wire.gen";
import { Connection, type Link, type Surroundings } from "./connection";
import { Machine } from "./machine";

const CATCH_UP_MS = 100;

export class Floor {
  readonly machines = new Map<string, Machine>();
  readonly connection: Connection;
  link: Link = "connecting";
  closeCode: number | null = null;
  /** The last error the server named before closing. */
  error: string | null = null;
  /** The newest invalid data of no machine that stands here. */
  stranger: { name: string | null; invalid_ms: number } | null = null;
  /** Called when somebody has seen what a machine needs. */
  acknowledged: (machine: string, need: string) => void = () => {};
  /** Called when the page's line to the service is cut: it may be that nobody is signed in here any more. */
  static cut: () => void = () => {};
  /** Called when a machine appears or the link changes. */
  changed: () => void = () => {};

  private readonly around: Surroundings;
  private asking = false;
  private readonly wanted: string[] | "*";
  private readonly rate_hz: number;

  constructor(around: Surroundings, wanted: string[] | "*", rate_hz: number) {
    this.around = around;
    this.wanted = wanted;
    this.rate_hz = rate_hz;
    this.connection = new Connection(around, {
      watch: () => this.watch(),
      message: (message, received_ms) => this.message(message, received_ms),
      link: (link, code) => {
        this.link = link;
        if (code !== null) this.closeCode = code;
        this.changed();
        if (link === "closed") Floor.cut();
      },
      woke: () => {
        for (const machine of this.machines.values()) machine.forget();
      },
    });
  }

  /** The machine of that name, made known if it was not. */
  machine(name: string): Machine {
    let machine = this.machines.get(name);
    if (machine === undefined) {
      machine = new Machine(name);
      this.machines.set(name, machine);
      this.changed();
    }
    return machine;
  }

  /** Machines by their fixed place: sorted by name. */
  places(): Machine[] {
    return [...this.machines.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Asks once for what happened in sessions that were joined late, when their snapshots have all come. */
  private catchUp(): void {
    if (this.asking) return;
    this.asking = true;
    this.around.later(() => {
      this.asking = false;
      const late = [...this.machines.values()].filter((machine) => machine.takeLate());
      if (late.length > 0) this.connection.watch();
    }, CATCH_UP_MS);
  }

  private watch(): Watch {
    const resume: Record<string, Resume> = {};
    for (const machine of this.machines.values()) {
      if (machine.resume !== null) resume[machine.name] = machine.resume;
    }
    return { type: "watch", machines: this.wanted, rate_hz: this.rate_hz, resume };
  }

  private message(message: ServerMessage, received_ms: number): void {
    switch (message.type) {
      case "snapshot":
        if (this.closeCode !== null) {
          this.closeCode = null;
          this.changed();
        }
        this.machine(message.machine).snapshot(message);
        this.catchUp();
        break;
      case "frame":
        this.machine(message.machine).frame(message, this.connection.clock);
        break;
      case "event":
        if (message.machine !== undefined) this.machine(message.machine).event(message, received_ms);
        break;
      case "invalid": {
        const known = message.machine === null ? undefined : this.machines.get(message.machine);
        if (known === undefined) this.stranger = { name: message.machine, invalid_ms: received_ms };
        else known.invalid_ms = received_ms;
        break;
      }
      case "keeping":
        this.machine(message.machine).keep.hear(message, received_ms);
        break;
      case "told":
        this.machine(message.machine).answers.hear(message, received_ms);
        break;
      case "screen":
        this.machine(message.machine).screenAway = message.away;
        break;
      case "hello":
        // Said anew of each machine of which it is so.
        for (const machine of this.machines.values()) {
          machine.screenAway = false;
          machine.unseen = false;
        }
        break;
      case "seen":
        if (message.need === "pain") this.machine(message.machine).seePain();
        this.acknowledged(message.machine, message.need);
        break;
      case "feed":
        this.machine(message.machine).feed(message.state);
        break;
      case "error":
        this.error = message.message;
        this.changed();
        break;
      default:
    }
  }
}
