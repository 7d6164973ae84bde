/** Where the playhead stands and how it moves. Pure: time that has passed is an argument. */
import type { View } from "./view";

/** As fast as it can be shown: the playhead crosses the picture in a second, and waits for what is not there yet. */
export const FASTEST = Number.POSITIVE_INFINITY;
/** As in Lichtblick, from a hundredth to five times; and as fast as possible. */
export const SPEEDS: readonly number[] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.8, 1, 2, 3, 5, FASTEST];

export interface Player {
  at_s: number;
  playing: boolean;
  speed: number;
  loop: View | null;
}

export const RESTING: Player = { at_s: 0, playing: false, speed: 1, loop: null };

/** After so much time: at the end of the loop back to its beginning, at the end of the session it stops. `span_s`: the picture's. */
export function advanced(player: Player, elapsed_s: number, length_s: number, span_s: number): Player {
  if (!player.playing) return player;
  const at_s = player.at_s + elapsed_s * (player.speed === FASTEST ? span_s : player.speed);
  const { loop } = player;
  if (loop !== null && player.at_s <= loop.to_s && at_s > loop.to_s) {
    return { ...player, at_s: loop.from_s + ((at_s - loop.from_s) % (loop.to_s - loop.from_s)) };
  }
  if (at_s >= length_s) return { ...player, at_s: length_s, playing: false };
  return { ...player, at_s };
}

/** Started anew from the end, it begins at the beginning. */
export function toggled(player: Player, length_s: number): Player {
  if (player.playing) return { ...player, playing: false };
  const over = player.at_s >= length_s - 1e-6;
  return { ...player, playing: true, at_s: over ? (player.loop?.from_s ?? 0) : player.at_s };
}

export function sought(player: Player, at_s: number, length_s: number): Player {
  return { ...player, at_s: Math.min(Math.max(at_s, 0), length_s) };
}

/** The next speed up (1) or down (-1). */
export function paced(player: Player, step: 1 | -1): Player {
  const here = SPEEDS.findIndex((speed) => speed >= player.speed);
  const speed = SPEEDS[Math.min(Math.max(here + step, 0), SPEEDS.length - 1)];
  return { ...player, speed: speed ?? 1 };
}
