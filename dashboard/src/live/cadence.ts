/** Whether a patient has lost the cadence: out of it in two repetitions running (contract 4, `cadence_deviated`). Pure. */
import type { AnyEvent } from "../wire.gen";

export interface CadenceHint {
  direction: "fast" | "slow";
  /** When it was heard, on this page's clock. */
  local_ms: number;
}

export class Cadence {
  private deviated = new Set<number>();
  private last = 0;

  follow(event: AnyEvent): void {
    if (event.kind === "cadence_deviated") this.deviated.add(event.repetition);
    else if (event.kind === "repetition_completed") this.last = event.repetition;
    else if (event.kind === "set_started" || event.kind === "set_ended") this.clear();
  }

  /** The last repetition and the one beside it, also the one under way. */
  get lost(): boolean {
    const { deviated, last } = this;
    return deviated.has(last) && (deviated.has(last - 1) || deviated.has(last + 1));
  }

  clear(): void {
    this.deviated.clear();
    this.last = 0;
  }
}
