/**
 * Stopped for pain, and what the patient says of it: shown at once, told until the service has heard, kept over a reload (H09).
 *
 * Every press is told under an id of its own, in order; of the answers the newest counts.
 */
import { signal } from "@preact/signals";
import { browser } from "../../live/browser";
import type { Machine } from "../../live/machine";
import { Newest, type Outcome, type Tell, tell, uuid, type Wait, wait } from "./telling";

export const PLACES = ["back", "buttock", "leg"] as const;
export type Place = (typeof PLACES)[number];
export const QUALITIES = ["sharp", "dull"] as const;
export type Quality = (typeof QUALITIES)[number];

export interface Answer {
  pain: number | null;
  where: readonly Place[];
  quality: Quality | null;
}

export const UNANSWERED: Answer = { pain: null, where: [], quality: null };

/** What a press found; whatever begins later is another matter. */
interface Found {
  session: string | null;
  origin_ns: number | null;
}

interface Kept {
  at_utc_ms: number;
  found: Found;
  /** The newest press (null = that of the machine's own button), and those that the service has not heard of. */
  press: string | null;
  untold: string[];
  /** The press that the answer is about. */
  about: string | null;
  answer: Answer;
  /** The service has the answer, or never will. */
  heard: boolean;
}

/** A press that a reload comes upon later than this is history, once the service has heard all of it. */
const KEPT_MS = 600_000;

export type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export interface Surroundings {
  tell: Tell;
  wait: Wait;
  store: Store | null;
  /** Unix time, ms. */
  utc_ms(): number;
}

export const page: Surroundings = {
  tell,
  wait,
  get store() {
    return browser.store();
  },
  utc_ms: () => browser.utc_ms(),
};

export class PainStop {
  /** What became of the press; null = nothing was pressed here. */
  readonly pressed = signal<Outcome | "telling" | null>(null);
  readonly answer = signal<Answer>(UNANSWERED);
  /** What became of the answer; null = nothing was said. */
  readonly answered: Newest["became"];

  private readonly name: string;
  private readonly around: Surroundings;
  private readonly answers: Newest;
  private found: Found = { session: null, origin_ns: null };
  private press: string | null = null;
  private about: string | null = null;
  /** The stop that an answer is about was seen to stand, on this page. */
  private stood = false;
  private untold: string[] = [];
  private telling = false;
  private heard = true;

  constructor(name: string, around: Surroundings = page) {
    this.name = name;
    this.around = around;
    this.answers = new Newest(name, "pain", around);
    this.answered = this.answers.became;
    this.restore();
  }

  stop(machine: Machine | null): void {
    const press = uuid();
    this.press = this.about = press;
    this.untold.push(press);
    this.pressed.value = "telling";
    this.found = foundAt(machine);
    this.keep();
    void this.tellPresses();
  }

  /** What the patient says, also after a press of the machine's own button. */
  say(answer: Answer, machine: Machine | null): void {
    if (this.press === null) {
      this.found = foundAt(machine);
      this.about = machine?.press ?? null;
      this.stood = true;
    }
    this.answer.value = answer;
    this.heard = false;
    this.keep();
    void this.tellAnswer();
  }

  /** Over when the machine begins anew and the service knows of it: another session, or a new start by the staff. */
  follow(machine: Machine): void {
    const { pressed, found } = this;
    if (pressed.value === null) {
      if (this.answered.value !== null && this.isOver(machine)) this.clear();
      return;
    }
    const now = foundAt(machine);
    // The service heard of it outside a session, whatever was known here, or nobody has heard of it yet: what opens by movement is its session.
    const outside = found.session === null && now.session !== null && this.untold.length > 0;
    if (now.session !== found.session && (machine.unseen || outside)) {
      found.session = now.session;
      this.keep();
    }
    const anew = now.session !== null && now.session !== found.session;
    const begun = now.origin_ns !== null && now.origin_ns !== found.origin_ns;
    if (this.untold.length === 0 && (anew || begun)) this.clear();
  }

  /** The machine's own stop stands no more, or after a reload is another one than the answer is about. */
  private isOver(machine: Machine): boolean {
    if (!machine.pain) return this.stood;
    this.stood ||= machine.press === this.about;
    return !this.stood;
  }

  private clear(): void {
    this.pressed.value = null;
    this.answer.value = UNANSWERED;
    this.answers.drop();
    this.press = this.about = null;
    this.stood = false;
    this.store((store) => store.removeItem(this.key));
  }

  private async tellPresses(): Promise<void> {
    if (this.telling) return;
    this.telling = true;
    for (let attempt = 0; ; ) {
      const id = this.untold[0];
      if (id === undefined) break;
      const outcome = await this.around.tell(this.name, "stop", { id, reason: "pain" });
      if (outcome === "told") {
        attempt = 0;
        this.untold.shift();
        this.keep();
        if (this.untold.length === 0) this.pressed.value = "told";
        continue;
      }
      this.pressed.value = outcome;
      await this.around.wait(attempt++);
    }
    this.telling = false;
  }

  private async tellAnswer(): Promise<void> {
    const heard = await this.answers.tell({ press: this.about, session: this.found.session, ...this.answer.value });
    if (heard === null) return;
    this.heard = true;
    this.keep();
  }

  private get key(): string {
    return `ilex.pain.${this.name}`;
  }

  private keep(): void {
    const { found, press, untold, about, heard } = this;
    const kept: Kept = {
      at_utc_ms: this.around.utc_ms(),
      found,
      press,
      untold,
      about,
      answer: this.answer.value,
      heard,
    };
    this.store((store) => store.setItem(this.key, JSON.stringify(kept)));
  }

  private restore(): void {
    this.store((store) => {
      const text = store.getItem(this.key);
      const kept = text === null ? null : (JSON.parse(text) as Kept);
      if (kept === null) return;
      const over = kept.heard && kept.untold.length === 0;
      if (over && Math.abs(this.around.utc_ms() - kept.at_utc_ms) > KEPT_MS) return;
      this.found = kept.found;
      this.press = kept.press;
      this.untold = kept.untold;
      this.about = kept.about ?? kept.press;
      this.answer.value = kept.answer;
      if (kept.press !== null) this.pressed.value = kept.untold.length > 0 ? "telling" : "told";
      if (kept.untold.length > 0) void this.tellPresses();
      if (!kept.heard) void this.tellAnswer();
      else if (JSON.stringify(kept.answer) !== JSON.stringify(UNANSWERED)) this.answered.value = "told";
    });
  }

  /** A browser without storage, or with something else in it, forgets over a reload. */
  private store(use: (store: Store) => void): void {
    try {
      if (this.around.store !== null) use(this.around.store);
    } catch {
      // Nothing was kept.
    }
  }
}

function foundAt(machine: Machine | null): Found {
  if (machine === null) return { session: null, origin_ns: null };
  return { session: machine.session, origin_ns: machine.cue.running ? machine.cue.origin_ns : null };
}
