/** What a key does on the replay page; the first ones as in Lichtblick (robustness-and-screens 3.1). Pure. */
import type { Key } from "../../i18n/en";

export type Act =
  | { do: "play" | "begin" | "end" | "loop" | "bookmark" | "help" | "follow" | "closer" | "further" | "whole" | "copy" }
  | { do: "screen" }
  | { do: "step"; by_s: number }
  | { do: "pace"; step: 1 | -1 }
  | { do: "repetition" | "event" | "feed" | "message"; step: 1 | -1 };

interface Press {
  key: string;
  altKey: boolean;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
}

/** The keys with what they do, as the help lists them. */
export const HELP: readonly { keys: readonly string[]; text: Key }[] = [
  { keys: ["␣"], text: "replay.key.play" },
  { keys: ["←", "→"], text: "replay.key.step" },
  { keys: ["⇧ ←", "⇧ →"], text: "replay.key.fine" },
  { keys: ["Alt ←", "Alt →"], text: "replay.key.coarse" },
  { keys: ["↑", "↓"], text: "replay.key.pace" },
  { keys: ["Home", "End"], text: "replay.key.ends" },
  { keys: ["Page ↑", "Page ↓"], text: "replay.key.repetition" },
  { keys: ["P", "N"], text: "replay.key.event" },
  { keys: ["⇧ G", "G"], text: "replay.key.feed" },
  { keys: [",", "."], text: "replay.key.message" },
  { keys: ["+", "-", "0"], text: "replay.key.zoom" },
  { keys: ["L"], text: "replay.key.loop" },
  { keys: ["F"], text: "replay.key.follow" },
  { keys: ["V"], text: "replay.key.screen" },
  { keys: ["B"], text: "replay.key.bookmark" },
  { keys: ["C"], text: "replay.key.copy" },
  { keys: ["?"], text: "replay.key.help" },
];

const PLAIN: Readonly<Record<string, Act>> = {
  " ": { do: "play" },
  arrowup: { do: "pace", step: 1 },
  arrowdown: { do: "pace", step: -1 },
  home: { do: "begin" },
  end: { do: "end" },
  pageup: { do: "repetition", step: -1 },
  pagedown: { do: "repetition", step: 1 },
  p: { do: "event", step: -1 },
  n: { do: "event", step: 1 },
  g: { do: "feed", step: 1 },
  ",": { do: "message", step: -1 },
  ".": { do: "message", step: 1 },
  "+": { do: "closer" },
  "=": { do: "closer" },
  "-": { do: "further" },
  "0": { do: "whole" },
  l: { do: "loop" },
  f: { do: "follow" },
  v: { do: "screen" },
  b: { do: "bookmark" },
  c: { do: "copy" },
  "?": { do: "help" },
};

const SCROLLING: readonly string[] = [
  "ArrowUp",
  "ArrowDown",
  "ArrowLeft",
  "ArrowRight",
  "Home",
  "End",
  "PageUp",
  "PageDown",
];

/** A key by which whatever scrolls and has the focus is scrolled. */
export function scrolls({ key, altKey, ctrlKey, metaKey }: Press): boolean {
  return SCROLLING.includes(key) && !altKey && !ctrlKey && !metaKey;
}

/** Null for a key that is not ours, and for those of the browser. */
export function actOf({ key, altKey, shiftKey, ctrlKey, metaKey }: Press): Act | null {
  if (ctrlKey || metaKey) return null;
  if (key === "ArrowLeft" || key === "ArrowRight") {
    const by_s = altKey ? 0.5 : shiftKey ? 0.01 : 0.1;
    return { do: "step", by_s: key === "ArrowLeft" ? -by_s : by_s };
  }
  if (key === "G") return altKey ? null : { do: "feed", step: -1 };
  return altKey ? null : (PLAIN[key.toLowerCase()] ?? null);
}
