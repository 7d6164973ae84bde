/**
 * Before the first set: is it the right person, how much does it hurt, ready? (robustness-and-screens 3.6, H02; decision 0178)
 *
 * Nobody has to answer. What is said is told until the service has heard, of several answers the newest, and is kept over a reload.
 */
import { signal } from "@preact/signals";
import type { Machine } from "../../live/machine";
import { page as browser, type Store, type Surroundings } from "./stop";
import { Newest } from "./telling";

export interface Said {
  /** The alias is his own, or he is somebody else. */
  who: "self" | "other" | null;
  /** 0-10, now. */
  pain: number | null;
  ready: boolean;
  skipped: boolean;
}

export const NOTHING: Said = { who: null, pain: null, ready: false, skipped: false };

interface Kept {
  session: string;
  /** The alias of the plan under which it was said. */
  label: string | null;
  at_utc_ms: number;
  /** A set has begun since: whoever comes next is asked anew. */
  trained: boolean;
  said: Said;
  /** What the service said to it; null = it has not heard yet. */
  outcome: "told" | "refused" | null;
}

/** A plan that is changed is another session; the same alias is not asked again so soon. */
const SAME_MS = 900_000;

export class Arrival {
  readonly said = signal<Said>(NOTHING);
  /** What became of what was said; null = nothing was. */
  readonly told: Newest["became"];

  private readonly name: string;
  private readonly around: Surroundings;
  private readonly answers: Newest;
  private session: string | null = null;
  private kept: Kept | null = null;

  constructor(name: string, around: Surroundings = browser) {
    this.name = name;
    this.around = around;
    this.answers = new Newest(name, "check-in", around);
    this.told = this.answers.became;
    this.store((store) => {
      const text = store.getItem(this.key);
      this.kept = text === null ? null : (JSON.parse(text) as Kept);
    });
  }

  /** True while the patient may still be asked: the machine waits for its session's first set, and he has not gone on. */
  follow(machine: Machine): boolean {
    const { session } = machine;
    if (session !== this.session) this.enter(machine);
    const { kept } = this;
    if (
      kept !== null &&
      kept.session === session &&
      !kept.trained &&
      (machine.set !== null || machine.ended !== null)
    ) {
      this.kept = { ...kept, trained: true };
      this.keep();
    }
    const { ready, skipped } = this.said.value;
    return session !== null && !ready && !skipped;
  }

  say(said: Said, machine: Machine): void {
    if (machine.session === null) return;
    this.said.value = said;
    this.kept = {
      session: machine.session,
      label: machine.plan?.label ?? null,
      at_utc_ms: this.around.utc_ms(),
      trained: false,
      said,
      outcome: null,
    };
    this.keep();
    void this.tell(this.kept);
  }

  /** Another session: its own answers where there are some, those of the same person a moment ago, else none. */
  private enter(machine: Machine): void {
    const { session, plan } = machine;
    this.session = session;
    this.answers.drop();
    this.said.value = NOTHING;
    const { kept } = this;
    if (session === null || kept === null) return;
    const soon = Math.abs(this.around.utc_ms() - kept.at_utc_ms) < SAME_MS;
    const same = kept.label !== null && kept.label === plan?.label && soon && !kept.trained;
    if (kept.session !== session && !same) return;
    this.said.value = kept.said;
    if (kept.session !== session) this.kept = { ...kept, session, outcome: null };
    this.keep();
    const now = this.kept ?? kept;
    if (now.outcome) this.told.value = now.outcome;
    else void this.tell(now);
  }

  private async tell({ session, said }: Kept): Promise<void> {
    const outcome = await this.answers.tell({ session, ...said });
    if (outcome === null) return;
    if (this.kept?.session === session) this.kept = { ...this.kept, outcome };
    this.keep();
  }

  private get key(): string {
    return `ilex.checkin.${this.name}`;
  }

  private keep(): void {
    this.store((store) => {
      if (this.kept !== null) store.setItem(this.key, JSON.stringify(this.kept));
    });
  }

  /** A browser without storage, or with something else in it, asks again after a reload. */
  private store(use: (store: Store) => void): void {
    try {
      if (this.around.store !== null) use(this.around.store);
    } catch {
      // Nothing was kept.
    }
  }
}
