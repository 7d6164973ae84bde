/** What a screen has around it, for tests. */
import type { Store, Surroundings } from "./stop";
import type { Outcome } from "./telling";

export interface Told {
  path: string;
  body: {
    id: string;
    press?: string | null;
    pain?: number | null;
    reason?: string;
    session?: string | null;
    who?: string | null;
  };
}

/** A service that can be away, storage that outlives a page, and waits that end at once. */
export class Around implements Surroundings {
  readonly heard: Told[] = [];
  outcome: Outcome = "told";
  now_ms = 0;
  readonly kept = new Map<string, string>();
  store: Store = {
    getItem: (key) => this.kept.get(key) ?? null,
    setItem: (key, text) => void this.kept.set(key, text),
    removeItem: (key) => void this.kept.delete(key),
  };
  private waiting: (() => void)[] = [];

  tell = async (_machine: string, path: string, body: object): Promise<Outcome> => {
    if (this.outcome === "told") this.heard.push({ path, body: body as Told["body"] });
    return this.outcome;
  };
  wait = () => new Promise<void>((resolve) => void this.waiting.push(resolve));
  utc_ms = () => this.now_ms;

  async again(): Promise<void> {
    for (const go of this.waiting.splice(0)) go();
    await turns();
  }
}

/** Lets everything that waits for a promise go on. */
export async function turns(): Promise<void> {
  for (let n = 0; n < 3000; n++) await Promise.resolve();
}
