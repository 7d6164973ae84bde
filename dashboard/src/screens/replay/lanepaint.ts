/** The lanes below the charts and the scrubber below them, painted on canvases from what lanes.ts says. */
import { named, t } from "../../i18n/language";
import { hatch, type Surface, token } from "../../ui/surface";
import type { AnyEvent } from "../record/record";
import type { Stretch, Traces } from "./columns";
import { FEEDS, type FeedKind, type FeedSpan } from "./feed";
import { type Group, groupOf, type Repetition, type Span } from "./lanes";
import type { Line, Way } from "./rerun";
import type { View } from "./view";

export const ROW = 26;
export type LaneName = "sets" | "repetitions" | "phases" | "events" | "feed" | "coverage" | "rerun";

export interface Lanes {
  sets: readonly Span[];
  lasting: readonly Span<"pause" | "fault">[];
  repetitions: readonly Repetition[];
  phases: readonly Span[];
  events: readonly AnyEvent[];
  coverage: readonly Stretch[];
  feed: readonly FeedSpan[];
  difference: readonly Line[];
}

/** How much of its lane a state of the feed fills, from below, and the token of its edge: the older, the less. */
export const FEED_LOOK: Readonly<Record<FeedKind, { share: number; edge: string | null }>> = {
  live: { share: 1, edge: null },
  late: { share: 0.8, edge: "cue" },
  stale: { share: 0.55, edge: "changed" },
  lost: { share: 0.3, edge: "missing" },
  unknown: { share: 1, edge: null },
};

/** The token and the step, px, of the hatch of what did not come live. */
const COVERAGE_LOOK: Readonly<Record<Exclude<Stretch["kind"], "live">, { ink: string; step: number }>> = {
  backfilled: { ink: "target", step: 8 },
  gap: { ink: "missing", step: 5 },
  unknown: { ink: "axis", step: 7 },
};

export const NAMES: readonly LaneName[] = ["sets", "repetitions", "phases", "events", "feed", "coverage", "rerun"];

/** The lanes in sight, from the top: that of a rerun once there is one. */
export function rows(lanes: Lanes): LaneName[] {
  return NAMES.filter((name) => name !== "rerun" || lanes.difference.length > 0);
}

export function paintLanes({ context, width }: Surface, lanes: Lanes, view: View): void {
  const x = (at_s: number) => ((at_s - view.from_s) / (view.to_s - view.from_s)) * width;
  const seen = ({ from_s, to_s }: { from_s: number; to_s: number }) => to_s >= view.from_s && from_s <= view.to_s;
  context.font = `12px ${token("face")}`;
  context.textBaseline = "middle";
  rows(lanes).forEach((name, n) => {
    const top = n * ROW;
    const lane = new Lane(context, top, x, width);
    lane.ground();
    if (name === "sets") {
      for (const span of lanes.sets.filter(seen)) lane.box(span, token("lane-set"), setWords(span));
      for (const span of lanes.lasting.filter(seen))
        lane.hatched(span, token(span.kind === "pause" ? "paused" : "technical"));
    } else if (name === "repetitions") {
      for (const one of lanes.repetitions.filter(seen)) lane.repetition(one);
    } else if (name === "phases") {
      for (const span of lanes.phases.filter(seen))
        lane.box(span, token(`phase-${span.kind}`), named("column", span.kind));
    } else if (name === "events") {
      for (const event of lanes.events) if (seen({ from_s: event.at_s, to_s: event.at_s })) lane.mark(event);
    } else if (name === "feed") {
      // What is worse lies over what is better: a moment of it stays in sight.
      for (const kind of FEEDS) for (const span of lanes.feed) if (span.kind === kind && seen(span)) lane.feed(span);
    } else if (name === "coverage") {
      for (const span of lanes.coverage.filter(seen)) lane.coverage(span);
    } else {
      for (const line of lanes.difference)
        if (seen({ from_s: line.at_s, to_s: line.at_s })) lane.way(line.way, line.at_s);
    }
  });
}

class Lane {
  private readonly context: CanvasRenderingContext2D;
  private readonly top: number;
  private readonly x: (at_s: number) => number;
  private readonly width: number;

  constructor(context: CanvasRenderingContext2D, top: number, x: (at_s: number) => number, width: number) {
    this.context = context;
    this.top = top + 3;
    this.x = x;
    this.width = width;
  }

  private get height(): number {
    return ROW - 6;
  }

  ground(): void {
    this.context.fillStyle = token("lane");
    this.context.fillRect(0, this.top, this.width, this.height);
  }

  /** A stretch with its word, where that has room. */
  box({ from_s, to_s }: { from_s: number; to_s: number }, colour: string, words: string): void {
    const [left, right] = [this.x(from_s), this.x(to_s)];
    this.context.fillStyle = colour;
    this.context.fillRect(left, this.top, Math.max(1, right - left - 1), this.height);
    this.words(words, left, right);
  }

  hatched({ from_s, to_s }: { from_s: number; to_s: number }, colour: string): void {
    const left = this.x(from_s);
    this.context.beginPath();
    this.context.rect(left, this.top, Math.max(3, this.x(to_s) - left), this.height);
    hatch(this.context, colour, 7);
  }

  /** Full ones are solid, the others by their outline and word. */
  repetition({ number, extent, flags, from_s, to_s }: Repetition): void {
    const [left, right] = [this.x(from_s), this.x(to_s)];
    const width = Math.max(2, right - left - 1);
    this.context.strokeStyle = token("target");
    this.context.lineWidth = 1.5;
    if (extent === "full") {
      this.context.fillStyle = token("lane-full");
      this.context.fillRect(left, this.top, width, this.height);
    } else {
      this.context.setLineDash(extent === "short" ? [] : [4, 3]);
      this.context.strokeRect(left + 0.75, this.top + 0.75, Math.max(1, width - 1.5), this.height - 1.5);
      this.context.setLineDash([]);
    }
    if (flags.includes("gap") || flags.includes("void")) this.hatched({ from_s, to_s }, token("gap-hatch"));
    const long = extent === "full" ? String(number) : `${number} · ${named("extent", extent)}`;
    this.words(right - left > this.context.measureText(long).width + 8 ? long : String(number), left, right);
  }

  mark(event: AnyEvent): void {
    shape(this.context, groupOf(event.kind), this.x(event.at_s), this.top + this.height / 2, 6);
  }

  coverage({ kind, from_s, to_s }: Stretch): void {
    const left = this.x(from_s);
    this.context.beginPath();
    this.context.rect(left, this.top, Math.max(kind === "live" ? 1 : 3, this.x(to_s) - left), this.height);
    if (kind === "live") {
      this.context.fillStyle = token("lane-live");
      this.context.fill();
    } else hatch(this.context, token(COVERAGE_LOOK[kind].ink), COVERAGE_LOOK[kind].step);
  }

  /** A state of the feed; hatched where it is not known. */
  feed(span: FeedSpan): void {
    const { kind } = span;
    const { share, edge } = FEED_LOOK[kind];
    const [left, right] = [this.x(span.from_s), this.x(span.to_s)];
    const [tall, wide] = [share * this.height, Math.max(kind === "live" ? 1 : 3, right - left)];
    const top = this.top + this.height - tall;
    if (kind === "unknown") this.hatched(span, token("axis"));
    else {
      this.context.fillStyle = token(kind === "live" ? "lane-live" : `feed-${kind}`);
      this.context.fillRect(left, top, wide, tall);
    }
    if (edge !== null) {
      this.context.fillStyle = token(edge);
      this.context.fillRect(left, top, wide, 2);
    }
    // On ground of its own: the edge would strike it through.
    if (kind !== "live") this.words(named("feed", kind), left, right, token("lane"));
  }

  way(way: Way, at_s: number): void {
    const [x, y] = [this.x(at_s), this.top + this.height / 2];
    const { context } = this;
    context.strokeStyle = token(way);
    context.lineWidth = 2.5;
    context.beginPath();
    // −, + and ≠, as in the list.
    for (const level of way === "changed" ? [-3, 3] : [0]) {
      context.moveTo(x - 5, y + level);
      context.lineTo(x + 5, y + level);
    }
    if (way === "after") {
      context.moveTo(x, y - 5);
      context.lineTo(x, y + 5);
    }
    if (way === "changed") {
      context.moveTo(x - 3, y + 7);
      context.lineTo(x + 3, y - 7);
    }
    context.stroke();
  }

  private words(words: string, left: number, right: number, ground?: string): void {
    const from = Math.max(left, 0);
    const room = Math.min(right, this.width) - from;
    const { context } = this;
    const { width } = context.measureText(words);
    if (words === "" || width + 8 > room) return;
    if (ground !== undefined) {
      context.fillStyle = ground;
      context.fillRect(from + 3, this.top + 2, width + 4, this.height - 4);
    }
    context.fillStyle = token("text");
    context.fillText(words, from + 5, this.top + this.height / 2 + 0.5);
  }
}

/** Groups of events differ by shape as well as by colour. */
export function shape(context: CanvasRenderingContext2D, group: Group, x: number, y: number, r: number): void {
  context.fillStyle = token(`mark-${group}`);
  context.beginPath();
  if (group === "failure") {
    context.moveTo(x, y - r);
    context.lineTo(x + r, y + r);
    context.lineTo(x - r, y + r);
  } else if (group === "cadence") {
    context.moveTo(x, y - r);
    context.lineTo(x + r, y);
    context.lineTo(x, y + r);
    context.lineTo(x - r, y);
  } else if (group === "safety") {
    context.rect(x - r + 1, y - r + 1, 2 * r - 2, 2 * r - 2);
  } else {
    context.arc(x, y, r - 1, 0, 2 * Math.PI);
  }
  context.closePath();
  context.fill();
}

const STRIP = 8;

/** The scrubber: the whole session's angle, and what of it was live. What moves on it lies over it. */
export function paintSession({ context, width, height }: Surface, whole: Traces, coverage: readonly Stretch[]): void {
  const x = along(whole, width);
  const tall = height - STRIP - 4;
  const angles = whole.values.angle_deg;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const angle of angles) {
    if (angle < low) low = angle;
    if (angle > high) high = angle;
  }
  context.strokeStyle = token("envelope");
  context.lineWidth = 1;
  context.beginPath();
  let before = false;
  for (let n = 0; n < angles.length; n++) {
    const angle = angles[n] ?? Number.NaN;
    const known_ = !Number.isNaN(angle);
    // Extension is up, as on every screen.
    const y = 3 + ((angle - low) / Math.max(high - low, 1)) * (tall - 6);
    if (known_ && before) context.lineTo(x(whole.t_s[n] ?? 0), y);
    else if (known_) context.moveTo(x(whole.t_s[n] ?? 0), y);
    before = known_;
  }
  context.stroke();
  for (const span of coverage) {
    const left = x(span.from_s);
    context.beginPath();
    context.rect(left, height - STRIP, Math.max(span.kind === "live" ? 1 : 3, x(span.to_s) - left), STRIP);
    if (span.kind === "live") {
      context.fillStyle = token("lane-live");
      context.fill();
    } else hatch(context, token(COVERAGE_LOOK[span.kind].ink), 5);
  }
}

function along(whole: Traces, width: number): (at_s: number) => number {
  const length_s = Math.max(whole.about.length_s, 0.1);
  return (at_s) => (at_s / length_s) * width;
}

function setWords({ kind, label }: Span): string {
  const name = t("set", { n: label });
  return kind === "" ? name : `${name} · ${named("ended", kind)}`;
}
