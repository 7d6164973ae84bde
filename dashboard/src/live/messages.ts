import type { AnyEvent, ErrorMessage, Feed, Frame, Hello, Pong, Snapshot } from "../wire.gen";

/** An event as the live feed sends it: contract 4 beside `"type": "event"`, always with its machine and session. */
export type LiveEvent = AnyEvent & { type: "event"; machine: string; session?: string | null };

export type FromServer = Hello | Snapshot | Frame | Feed | Pong | ErrorMessage | LiveEvent;

const TYPES = new Set(["hello", "snapshot", "frame", "feed", "pong", "error", "event"]);

/** What the server said; null for text that is no message of this protocol. The fields themselves are the server's word. */
export function decode(text: string): FromServer | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isMessage(value) ? value : null;
}

function isMessage(value: unknown): value is FromServer {
  return typeof value === "object" && value !== null && "type" in value && TYPES.has(String(value.type));
}
