import type { FeedState } from "../wire.gen";

/** Contract 5: the state of a feed by the age of its newest sample, ms. */
export const LIVE_MS = 250;
export const LATE_MS = 1000;
export const STALE_MS = 5000;
/**
 * The cue freezes when the newest sample is older than this by what the page knows, so that none is seen 500 ms after it (contract 5,
 * F22): the next picture takes up to 33 ms, and the way of the quickest message, some ms, is in no age (decision 0283).
 */
export const FREEZE_MS = 460;

export type Freshness = Exclude<FeedState, "offline">;

export function freshness(age_ms: number): Freshness {
  if (age_ms <= LIVE_MS) return "live";
  if (age_ms <= LATE_MS) return "late";
  if (age_ms <= STALE_MS) return "stale";
  return "lost";
}
