/** What the screens showed the feed as (contract 5), as far as the recording knows. Pure. */
import { type Freshness, LATE_MS, LIVE_MS, STALE_MS } from "../../live/freshness";
import type { Coverage, SessionRecord } from "../record/record";

/** `unknown`: the recording does not say. */
export type FeedKind = Freshness | "unknown";

export interface FeedSpan {
  kind: FeedKind;
  from_s: number;
  to_s: number;
}

/** From the freshest on: what is drawn later lies over what was drawn before. */
export const FEEDS: readonly FeedKind[] = ["live", "late", "stale", "lost", "unknown"];

/** So old the newest sample may be before the next state begins, s. */
const UNTIL_S: readonly (readonly [Freshness, number])[] = [
  ["live", LIVE_MS / 1000],
  ["late", LATE_MS / 1000],
  ["stale", STALE_MS / 1000],
];

/**
 * The states of the feed in order of time, by the age of the newest sample that had come live; `period_s`: between samples. How long a
 * sample was under way is not recorded, so each state may have begun, and ended, that much later. Before the first live sample, and
 * without a word of what came live (`coverage` null), nothing is known.
 */
export function feeds(coverage: readonly Coverage[] | null, length_s: number, period_s: number): FeedSpan[] {
  const found: FeedSpan[] = [];
  const add = (kind: FeedKind, from_s: number, to_s: number) => {
    const last = found.at(-1);
    if (to_s <= from_s) return;
    if (last?.kind === kind) last.to_s = to_s;
    else found.push({ kind, from_s, to_s });
  };
  const end_s = Math.max(length_s, coverage?.at(-1)?.to_s ?? 0);
  const live = (coverage ?? []).filter(({ kind }) => kind === "live");
  add("unknown", 0, live[0]?.from_s ?? end_s);
  live.forEach(({ from_s, to_s }, n) => {
    add("live", from_s, to_s);
    const [newest_s, next_s] = [to_s - period_s, live[n + 1]?.from_s ?? end_s];
    let at_s = to_s;
    for (const [kind, age_s] of UNTIL_S) {
      const until_s = Math.min(newest_s + age_s, next_s);
      add(kind, at_s, until_s);
      at_s = Math.max(at_s, until_s);
    }
    add("lost", at_s, next_s);
  });
  return found;
}

/** The same of a session's record and of what its signals say of themselves; not known where nobody says what came live. */
export function feedOf(
  record: Pick<SessionRecord, "coverage" | "imported"> | null,
  about: { length_s: number; period_s: number } | null,
  open: boolean,
): FeedSpan[] {
  const { coverage = [], imported = false } = record ?? {};
  const said = imported || coverage.length === 0 ? null : coverage;
  // Of a session that runs the signals may be newer than what is said of them.
  const length_s = open && said !== null ? 0 : (about?.length_s ?? 0);
  return feeds(said, length_s, about?.period_s ?? 0);
}

/** The state at a time; the later one where two meet. */
export function feedAt(spans: readonly FeedSpan[], at_s: number): FeedKind | null {
  return spans.findLast(({ from_s }) => from_s <= at_s)?.kind ?? null;
}

/** Each time that the feed was not live, from its beginning to where it was again, with the worst that was shown. */
export function interruptions(spans: readonly FeedSpan[]): FeedSpan[] {
  const found: FeedSpan[] = [];
  for (const { kind, from_s, to_s } of spans) {
    if (kind === "live") continue;
    const last = found.at(-1);
    if (last !== undefined && last.to_s === from_s && last.kind !== "unknown" && kind !== "unknown") {
      last.to_s = to_s;
      last.kind = kind;
    } else found.push({ kind, from_s, to_s });
  }
  return found;
}
