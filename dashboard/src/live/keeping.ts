/** What is and isn't kept of a machine's samples, as the service tells staff (contract 5, `keeping`; robustness F08-F11, F18-F20). */
import type { Keeping } from "../wire.gen";

/** Contract 2: samples are on their way for up to 2 s before they count as late; below this there is no backlog to speak of. */
const BACKLOG_S = 3;
/** So long a finished backlog is told of. */
const BACKFILLED_MS = 10_000;
/** So long a restart of the service is told of. */
const RESTARTED_MS = 120_000;
/** Robustness F10: staff are warned from this share of the machine's own disk quota on. */
const SPOOL_WARNS = 0.8;

/** Why no session may be started at a machine. */
export type Refusal = "conflict" | "outdated" | "full";

export type Kept =
  | { kind: "conflict" }
  | { kind: "outdated"; version: string }
  | { kind: "unrecorded"; code: Keeping["code"] }
  | { kind: "full" }
  | { kind: "backlog"; seconds: number; eta_s: number | null }
  | { kind: "filling"; share: number }
  | { kind: "backfilled"; seconds: number };

export class Keep {
  private said: Keeping | null = null;
  /** The longest backlog since the last one was done with, s; and when that was, on this page's clock. */
  private most_s = 0;
  private backfilled: { seconds: number; local_ms: number } | null = null;
  private restart: { utc: string; local_ms: number } | null = null;

  hear(message: Keeping, received_ms: number): void {
    this.said = message;
    if (message.restarted_utc !== null && message.restarted_utc !== this.restart?.utc) {
      this.restart = { utc: message.restarted_utc, local_ms: received_ms };
    }
    const backlog_s = message.backlog_s ?? 0;
    if (backlog_s >= BACKLOG_S) {
      this.most_s = Math.max(this.most_s, backlog_s);
      this.backfilled = null;
    } else if (this.most_s > 0 && message.backlog_s !== null) {
      this.backfilled = { seconds: this.most_s, local_ms: received_ms };
      this.most_s = 0;
    }
  }

  /** Why no session may be started here; null where one may. */
  get refusal(): Refusal | null {
    if (this.said?.conflict != null) return "conflict";
    if (this.said?.outdated != null) return "outdated";
    return this.said?.spool_refuses ? "full" : null;
  }

  /** A session runs that the service does not record; its samples are still held at the machine. */
  get unrecorded(): boolean {
    return this.said?.recording === false;
  }

  /** The index can't be written: rows wait in a journal. */
  get databaseDown(): boolean {
    return this.said?.database === false;
  }

  /** When the service came back, as long as that is news. */
  restarted(local_ms: number): string | null {
    return this.restart !== null && local_ms - this.restart.local_ms < RESTARTED_MS ? this.restart.utc : null;
  }

  /** The one thing that matters most at a time of this page; null while everything is kept. */
  most(local_ms: number): Kept | null {
    const { said, refusal } = this;
    if (said === null) return null;
    if (refusal === "conflict") return { kind: "conflict" };
    if (said.outdated !== null) return { kind: "outdated", version: said.outdated };
    if (this.unrecorded) return { kind: "unrecorded", code: said.code };
    if (refusal === "full") return { kind: "full" };
    if (said.backlog_s !== null && said.backlog_s >= BACKLOG_S) {
      return { kind: "backlog", seconds: said.backlog_s, eta_s: said.eta_s };
    }
    if (said.spool_share !== null && said.spool_share >= SPOOL_WARNS)
      return { kind: "filling", share: said.spool_share };
    const done = this.backfilled;
    if (done !== null && local_ms - done.local_ms < BACKFILLED_MS) return { kind: "backfilled", seconds: done.seconds };
    return null;
  }
}
