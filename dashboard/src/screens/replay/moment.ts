/** A moment of a session as a link (`#t=12.345&from=10&to=20`), and the ones kept in this browser. */
import { number } from "../../i18n/language";
import type { View } from "./view";

/** So much is in sight before and after what is linked to. */
const AROUND_S = 2;

export interface Moment {
  at_s: number;
  view: View | null;
}

/** Null where the hash names none. */
export function momentOf(hash: string): Moment | null {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const [at_s, from_s, to_s] = ["t", "from", "to"].map((name) => seconds(fields.get(name)));
  if (at_s == null) return null;
  const view = from_s != null && to_s != null && to_s > from_s ? { from_s, to_s } : null;
  return { at_s, view };
}

export function hashOf({ at_s, view }: Moment): string {
  const range = view === null ? "" : `&from=${rounded(view.from_s)}&to=${rounded(view.to_s)}`;
  return `#t=${rounded(at_s)}${range}`;
}

/** The address of a moment of a session on the bench; `span` is what is in sight around it. */
export function replayAt(session: string, at_s: number, span: View | null = null): string {
  const view = span === null ? null : { from_s: Math.max(0, span.from_s - AROUND_S), to_s: span.to_s + AROUND_S };
  return `/sessions/${encodeURIComponent(session)}/replay${hashOf({ at_s: Math.max(0, at_s), view })}`;
}

function seconds(text: string | null): number | null {
  const value = text === null || text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) && value >= 0 ? value : null;
}

function rounded(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

export interface Bookmark {
  at_s: number;
  note: string;
}

const KEPT = "ilex.bookmarks.";

/** The bookmarks of a session, in order of time. They stay in this browser. */
export function bookmarks(session: string): Bookmark[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT + session) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isBookmark) : [];
  } catch {
    return [];
  }
}

export function keep(session: string, marks: readonly Bookmark[]): Bookmark[] {
  const sorted = [...marks].sort((a, b) => a.at_s - b.at_s);
  try {
    localStorage.setItem(KEPT + session, JSON.stringify(sorted));
  } catch {
    // A browser without storage forgets them.
  }
  return sorted;
}

const LOOK = "ilex.replay.";

/** What this browser remembers of how the page looks; `usual` where it doesn't. */
export function kept<Kind>(name: string, usual: Kind): Kind {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(LOOK + name) ?? "null");
    return typeof found === typeof usual && Array.isArray(found) === Array.isArray(usual) && found !== null
      ? (found as Kind)
      : usual;
  } catch {
    return usual;
  }
}

export function remember(name: string, value: unknown): void {
  try {
    localStorage.setItem(LOOK + name, JSON.stringify(value));
  } catch {
    // A browser without storage forgets it.
  }
}

function isBookmark(value: unknown): value is Bookmark {
  const { at_s, note } = (value ?? {}) as Partial<Bookmark>;
  return typeof at_s === "number" && typeof note === "string";
}

/** Minutes, seconds and, by the language's custom, their decimals: 2:05.120. */
export function clock(at_s: number, decimals = 3): string {
  const unit = 10 ** decimals;
  // Nothing is written as minus nothing.
  const ticks = Math.round(at_s * unit) + 0;
  const seconds_ = (ticks % (60 * unit)) / unit;
  return `${Math.floor(ticks / (60 * unit))}:${number(seconds_, decimals, 2)}`;
}

/** A time on the axis, as finely as the view needs it. */
export function stamp(at_s: number, { from_s, to_s }: View): string {
  const span_s = to_s - from_s;
  return clock(at_s, span_s > 20 ? 0 : span_s > 2 ? 1 : 2);
}
