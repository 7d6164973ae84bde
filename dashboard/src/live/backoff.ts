const LEAST_MS = 250;
const MOST_MS = 5000;

/** How long to wait before the next attempt: 0.25-5 s, doubling, jittered by half so that screens don't return together. */
export function backoffMs(attempt: number, random: number): number {
  const ceiling = Math.min(MOST_MS, LEAST_MS * 2 ** (attempt + 1));
  return Math.max(LEAST_MS, ceiling * (0.5 + random / 2));
}
