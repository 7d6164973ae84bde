/** Which sessions of the list are chosen, by their ids. Pure. */

export type Chosen = ReadonlySet<string>;

export const NONE: Chosen = new Set();

/** One more, or one less. */
export function toggled(chosen: Chosen, id: string): Chosen {
  const next = new Set(chosen);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** From one to another of the list, both with it; chosen or no more, as `on` says. */
export function spanned(chosen: Chosen, listed: readonly string[], from: string, to: string, on: boolean): Chosen {
  const [a, b] = [listed.indexOf(from), listed.indexOf(to)].sort((one, other) => one - other);
  const next = new Set(chosen);
  for (const id of listed.slice(Math.max(0, a ?? 0), (b ?? 0) + 1)) {
    if (on) next.add(id);
    else next.delete(id);
  }
  return next;
}

/** All of the list; none where all are chosen already. */
export function all(chosen: Chosen, listed: readonly string[]): Chosen {
  return listed.every((id) => chosen.has(id)) ? NONE : new Set([...chosen, ...listed]);
}
