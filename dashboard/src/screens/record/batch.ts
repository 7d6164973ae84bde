/** Something done for many sessions, with progress; what failed is told and left out. Pure but for what is done. */
import { signal } from "@preact/signals";

export interface Done<Result> {
  /** Which of them, in order. */
  n: number;
  result: Result | null;
  /** Why there is none. */
  fault: string | null;
}

type State = "idle" | "running" | "stopped" | "done";

export class Batch<Item, Result> {
  readonly state = signal<State>("idle");
  readonly done = signal<readonly Done<Result>[]>([]);
  readonly of = signal(0);
  private stopping = false;
  private waiting: AbortController | null = null;

  /** One after the other. Ends when all are done, or soon after `stop`. */
  async run(items: readonly Item[], act: (item: Item) => Promise<Result>): Promise<readonly Done<Result>[]> {
    this.stopping = false;
    this.state.value = "running";
    this.done.value = [];
    this.of.value = items.length;
    for (const [n, item] of items.entries()) {
      if (this.stopping) break;
      let one: Done<Result>;
      try {
        one = { n, result: await act(item), fault: null };
      } catch (error) {
        one = { n, result: null, fault: error instanceof Error ? error.message : String(error) };
      }
      this.done.value = [...this.done.value, one];
    }
    this.state.value = this.stopping ? "stopped" : "done";
    return this.done.value;
  }

  /** All by one question, which takes what has come as often as something has. Ends with it, or at `stop`; raises what it raises. */
  async gather(
    of: number,
    ask: (take: (some: readonly Done<Result>[]) => void, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    this.stopping = false;
    this.state.value = "running";
    this.done.value = [];
    this.of.value = of;
    this.waiting = new AbortController();
    const take = (some: readonly Done<Result>[]) => {
      if (!this.stopping) this.done.value = [...this.done.value, ...some];
    };
    try {
      await ask(take, this.waiting.signal);
      this.state.value = "done";
    } catch (error) {
      this.state.value = "stopped";
      if (!this.stopping) throw error;
    }
  }

  /** As if nothing had been done yet; while it runs it goes on. */
  clear(): void {
    if (this.state.value === "running") return;
    this.state.value = "idle";
    this.done.value = [];
    this.of.value = 0;
  }

  stop(): void {
    this.stopping = true;
    this.waiting?.abort();
  }
}
