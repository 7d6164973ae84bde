/** What a screen tells the service (contract 6, decision 0135): once, or again and again with the same id until it has heard. */
import { signal } from "@preact/signals";
import { backoffMs } from "../../live/backoff";
import { browser } from "../../live/browser";

export type Verb = "pause" | "resume" | "stop";
/** `told`: done; `refused`: heard and not done; `unreached`: no answer, or the service can't now. */
export type Outcome = "told" | "refused" | "forbidden" | "unreached";

const PATIENCE_MS = 2000;

/** A version 4 UUID; also where `crypto.randomUUID` is missing, on plain HTTP. */
export function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

export type Tell = (machine: string, path: string, body: object) => Promise<Outcome>;

/** Tells it once; `path` is under the machine's own. */
export const tell: Tell = async (machine, path, body) => {
  try {
    const answer = await browser.ask(`/api/v1/machines/${machine}/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.ok) return "told";
    if (answer.status === 401 || answer.status === 403) return "forbidden";
    return answer.status >= 500 ? "unreached" : "refused";
  } catch {
    return "unreached";
  }
};

/** How long to wait before the next attempt, ms. */
export type Wait = (attempt: number) => Promise<void>;

export const wait: Wait = (attempt) => new Promise((resolve) => setTimeout(resolve, backoffMs(attempt, Math.random())));

/** Tells the newest of several answers until it is heard. One at a time: of two on their way the older could arrive last, and count. */
export class Newest {
  /** What became of it; null = nothing was said. */
  readonly became = signal<Outcome | "telling" | null>(null);
  private readonly machine: string;
  private readonly path: string;
  private readonly around: { tell: Tell; wait: Wait };
  private asking: Promise<Outcome> | null = null;
  /** What is older and still on its way says nothing any more. */
  private count = 0;

  constructor(machine: string, path: string, around: { tell: Tell; wait: Wait }) {
    this.machine = machine;
    this.path = path;
    this.around = around;
  }

  /** What the service said to it; null where something newer was said meanwhile, or it was dropped. */
  async tell(said: object): Promise<"told" | "refused" | null> {
    this.count += 1;
    const { count } = this;
    const body = { id: uuid(), ...said };
    this.became.value = "telling";
    if (this.asking !== null) await this.asking;
    for (let attempt = 0; count === this.count; attempt++) {
      this.asking = this.around.tell(this.machine, this.path, body);
      const outcome = await this.asking;
      this.asking = null;
      if (count !== this.count) break;
      this.became.value = outcome;
      if (outcome === "told" || outcome === "refused") return outcome;
      await this.around.wait(attempt);
    }
    return null;
  }

  drop(): void {
    this.count += 1;
    this.became.value = null;
  }
}

/** The count of the same alias's last set under the same load; null where there is none, or nobody answers. */
export async function lastTime(machine: string): Promise<number | null> {
  try {
    const answer = await browser.ask(`/api/v1/machines/${machine}/last-time`, {
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return answer.ok ? ((await answer.json()) as { count: number | null }).count : null;
  } catch {
    return null;
  }
}
