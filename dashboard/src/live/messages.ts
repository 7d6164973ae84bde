import type { ServerMessage } from "../wire.gen";

type Type = ServerMessage["type"];

const TYPES: Record<Type, true> = {
  hello: true,
  snapshot: true,
  frame: true,
  event: true,
  feed: true,
  invalid: true,
  keeping: true,
  seen: true,
  told: true,
  screen: true,
  pong: true,
  error: true,
};

/** What the server said; null for text that is no message of this protocol. The fields themselves are the server's word. */
export function decode(text: string): ServerMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isMessage(value) ? value : null;
}

function isMessage(value: unknown): value is ServerMessage {
  return typeof value === "object" && value !== null && "type" in value && Object.hasOwn(TYPES, String(value.type));
}
