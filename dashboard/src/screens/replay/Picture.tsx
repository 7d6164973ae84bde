import { effect, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { named, number, t } from "../../i18n/language";
import { useFrame } from "../../ui/loop";
import { surface, token } from "../../ui/surface";
import type { Bench } from "./bench";
import type { Stretch } from "./columns";
import { FEEDS, interruptions } from "./feed";
import { paintLanes, paintSession, ROW, rows } from "./lanepaint";
import { clock } from "./moment";
import { chartsOf, type Panel } from "./panels";
import { EDGE, GUTTER, Plots } from "./plots";
import type { View } from "./view";
import { chartName } from "./words";

/** A pointer that has moved so far drags, else it points. */
const DRAG_PX = 4;
/** A notch of the wheel. */
const WHEEL = 1.0015;

/** Everything that lies on the axis of time: charts, lanes, scrubber; one pointer for all. */
export function Picture({ bench }: { bench: Bench }): JSX.Element {
  const field = useRef<HTMLDivElement>(null);
  const charts = useRef<HTMLDivElement>(null);
  const lanes = useRef<HTMLCanvasElement>(null);
  const scrubber = useRef<HTMLCanvasElement>(null);
  const sight = useRef<HTMLDivElement>(null);
  const playhead = useRef<HTMLDivElement>(null);
  const pointer = useRef<HTMLDivElement>(null);
  const handle = useRef<HTMLDivElement>(null);
  const plots = useRef<Plots | null>(null);
  const dirty = useRef(true);
  /** Counts what the scrubber is drawn from; what it was drawn from last. */
  const told = useRef(0);
  const drawn = useRef("");
  const heights = useSignal<readonly number[]>([]);
  const ticked = useRef(performance.now());

  useEffect(() => {
    if (charts.current === null) return;
    const made = new Plots(charts.current, (found) => {
      if (found.join() !== heights.peek().join()) heights.value = found;
    });
    plots.current = made;
    const seen = new ResizeObserver(() => {
      made.fit();
      bench.measure(made.across);
      dirty.current = true;
    });
    // The charts give room to a lane that comes.
    seen.observe(charts.current);
    const chosen = effect(() => {
      made.choose(chartsOf(bench.panels.value));
      dirty.current = true;
    });
    const stop = effect(() => {
      bench.came.value;
      bench.panels.value;
      bench.view.value;
      bench.lanes.value;
      bench.looped.value;
      dirty.current = true;
    });
    const reach = effect(() => {
      bench.came.value;
      const whole = bench.whole.value;
      if (whole !== null) made.reach({ measured: whole, inside: bench.inside.whole });
    });
    const scene = effect(() => {
      const record = bench.record.value;
      bench.whole.value;
      told.current += 1;
      made.set({
        plan: record?.plan ?? null,
        targets: bench.targets.value,
        coverage: bench.coverage.value,
        difference: bench.changes.value,
      });
    });
    return () => {
      chosen();
      stop();
      reach();
      scene();
      seen.disconnect();
      made.close();
      plots.current = null;
    };
  }, [bench]);

  const draw = useRef((now_ms: number) => {
    bench.tick(Math.min(now_ms - ticked.current, 100) / 1000);
    ticked.current = now_ms;
    const made = plots.current;
    if (made === null) return;
    const view = bench.view.peek();
    if (dirty.current) {
      dirty.current = false;
      const best = bench.best();
      if (best !== null) made.show(best, view);
      const below = lanes.current === null ? null : surface(lanes.current);
      if (below !== null && best !== null) paintLanes(below, bench.lanes.peek(), view);
      const whole = bench.source.whole;
      const from = `${told.current} ${made.across} ${devicePixelRatio} ${token("envelope")}`;
      if (scrubber.current !== null && whole !== null && from !== drawn.current) {
        const bar = surface(scrubber.current);
        if (bar !== null) {
          paintSession(bar, whole, bench.coverage.peek());
          drawn.current = from;
        }
      }
      if (best !== null) lieOver(sight.current, view, bench.length_s, made.across);
      const exact = String(best !== null && bench.exact);
      // Setting what is set already costs the page its styles.
      if (field.current !== null && field.current.dataset.exact !== exact) field.current.dataset.exact = exact;
    }
    const { at_s } = bench.player.peek();
    stand(playhead.current, placeOf(at_s, view, made.across));
    const hover_s = bench.hover_s.peek();
    stand(pointer.current, hover_s === null ? null : placeOf(hover_s, view, made.across));
    stand(handle.current, GUTTER + (at_s / Math.max(bench.length_s, 0.1)) * made.across);
  });
  useFrame(draw.current);

  const names = rows(bench.lanes.value);
  // A drag outlives whatever is drawn meanwhile: of a running session the lanes are others every second.
  const hand = useMemo(() => pointing(bench, () => plots.current?.across ?? 1), [bench]);
  return (
    <div class="picture" ref={field} {...hand}>
      <div class="charts" ref={charts}>
        <Legend heights={heights.value} panels={bench.panels.value} />
      </div>
      <div class="lanes" style={{ height: `${names.length * ROW}px` }}>
        <ol aria-hidden="true">
          {names.map((name) => (
            <li key={name}>{named("replay.lane", name)}</li>
          ))}
        </ol>
        <canvas ref={lanes} role="img" aria-label={t("replay.lanes")} />
      </div>
      <LaneKey bench={bench} />
      <div class="playhead" ref={playhead} />
      <div class="pointer" ref={pointer} />
      <Scrubber bench={bench} canvas={scrubber} sight={sight} handle={handle} />
    </div>
  );
}

function Legend({ heights, panels }: { heights: readonly number[]; panels: readonly Panel[] }): JSX.Element {
  return (
    <ol class="legend" aria-hidden="true" style={{ gridTemplateRows: heights.map((px) => `${px}px`).join(" ") }}>
      {chartsOf(panels).map(({ name, unit, signals }) => (
        <li key={name}>
          <span class="name">
            <strong>{chartName(name)}</strong> {unit}
          </span>
          {name === "angle" && (
            <>
              <span class="key trace">{t("replay.measured")}</span>
              <span class="key band">{t("replay.target")}</span>
              <span class="key cue">{t("replay.cue")}</span>
            </>
          )}
          {name !== "angle" &&
            signals.length > 1 &&
            signals.map((signal) => (
              <span key={signal.name} class={`key ${signal.stroke.token}`}>
                {named("replay.inside", signal.name)}
              </span>
            ))}
        </li>
      ))}
    </ol>
  );
}

/** Interruptions that are named as text; the keys lead to all. */
const NAMED = 50;

/** What the shades of the last lanes mean; and each interruption of the feed in words, for who does not see them. */
function LaneKey({ bench }: { bench: Bench }): JSX.Element {
  const found = interruptions(bench.feed.value);
  const broken = found.filter(({ kind }) => kind !== "unknown").length;
  const unknown = bench.coverage.value.some(({ kind }) => kind === "unknown");
  const kinds: readonly Stretch["kind"][] = unknown ? ["unknown", "gap"] : ["live", "backfilled", "gap"];
  return (
    <div class="lane-key">
      <p title={t("replay.feedHint")}>
        {t("replay.lane.feed")}
        {FEEDS.map((kind) => (
          <span key={kind} class="key" data-feed={kind}>
            {named("feed", kind)}
          </span>
        ))}
      </p>
      <p>
        {t("replay.lane.coverage")}
        {kinds.map((kind) => (
          <span key={kind} class="key" data-coverage={kind}>
            {named("replay.coverage", kind)}
          </span>
        ))}
      </p>
      <div class="unseen">
        <p>
          {t("replay.feedHint")} {found.length === 0 && t("replay.feedLive")}
          {broken > 0 && t("replay.feedBroken", { n: number(broken) })}
        </p>
        <ol>
          {found.slice(0, NAMED).map(({ kind, from_s, to_s }) => (
            <li key={from_s}>
              {clock(from_s)} – {clock(to_s)}: {named("feed", kind)}
            </li>
          ))}
        </ol>
      </div>
    </div>
  );
}

function Scrubber({
  bench,
  canvas,
  sight,
  handle,
}: {
  bench: Bench;
  canvas: { current: HTMLCanvasElement | null };
  sight: { current: HTMLDivElement | null };
  handle: { current: HTMLDivElement | null };
}): JSX.Element {
  const scrub = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const share = (event.clientX - box.left - GUTTER) / Math.max(1, box.width - GUTTER - EDGE);
    bench.seek(share * bench.length_s);
  };
  const { at_s } = bench.player.value;
  const loop = bench.looped.value;
  const share = (time_s: number) => `${(100 * time_s) / Math.max(bench.length_s, 0.1)}%`;
  return (
    <div
      class="scrubber"
      role="slider"
      tabIndex={0}
      aria-label={t("replay.scrub")}
      aria-valuemin={0}
      aria-valuemax={Math.round(bench.length_s)}
      aria-valuenow={Math.round(at_s)}
      aria-valuetext={clock(at_s)}
      onPointerDown={(event) => {
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
        scrub(event);
      }}
      onPointerMove={(event) => {
        event.stopPropagation();
        if (event.currentTarget.hasPointerCapture(event.pointerId)) scrub(event);
      }}
      onPointerUp={(event) => event.stopPropagation()}
    >
      <span aria-hidden="true">{t("replay.session")}</span>
      <div class="track">
        {loop !== null && (
          <div class="loop" style={{ left: share(loop.from_s), width: share(loop.to_s - loop.from_s) }} />
        )}
      </div>
      <canvas ref={canvas} />
      <div class="track sight" ref={sight} hidden>
        <div class="veil" />
        <div class="window" />
        <div class="veil" />
      </div>
      <div class="handle" ref={handle} />
    </div>
  );
}

/** What is in sight of the whole session: a window, and a veil on either side. Nothing of it is drawn anew while it moves. */
function lieOver(over: HTMLElement | null, { from_s, to_s }: View, length_s: number, across: number): void {
  const [before, window, after] = (over?.children ?? []) as unknown as HTMLElement[];
  if (over === null || before === undefined || window === undefined || after === undefined) return;
  over.hidden = false;
  const [from, to] = [from_s / Math.max(length_s, 0.1), to_s / Math.max(length_s, 0.1)];
  before.style.transform = `scaleX(${from.toFixed(5)})`;
  after.style.transform = `scaleX(${Math.max(0, 1 - to).toFixed(5)})`;
  window.style.transform = `translateX(${(from * across).toFixed(1)}px)`;
  const width = `${Math.max(4, (to - from) * across).toFixed(1)}px`;
  if (window.style.width !== width) window.style.width = width;
}

/** Hover shows, a click seeks, a drag takes a stretch nearer, Shift and a drag moves, the wheel zooms, sideways it moves. */
function pointing(bench: Bench, across: () => number): JSX.IntrinsicElements["div"] {
  let from_px: number | null = null;
  let box: HTMLDivElement | null = null;
  let view: View | null = null;
  const timeAt = (field: HTMLElement, x: number, seen: View = bench.view.peek()) => {
    const share = Math.min(1, Math.max(0, (x - field.getBoundingClientRect().left - GUTTER) / across()));
    return seen.from_s + share * (seen.to_s - seen.from_s);
  };
  const end = () => {
    box?.remove();
    box = null;
    from_px = null;
    view = null;
  };
  return {
    onPointerMove: (event) => {
      bench.hover_s.value = timeAt(event.currentTarget, event.clientX);
      if (from_px === null || view === null) return;
      const by_px = event.clientX - from_px;
      if (Math.abs(by_px) < DRAG_PX && box === null) return;
      // What is dragged stands still under the hand.
      bench.following.value = false;
      if (event.shiftKey) {
        const by_s = (by_px / across()) * (view.to_s - view.from_s);
        bench.look({ from_s: view.from_s - by_s, to_s: view.to_s - by_s });
        return;
      }
      if (box === null) {
        box = document.createElement("div");
        box.className = "chosen";
        event.currentTarget.append(box);
      }
      const left = event.currentTarget.getBoundingClientRect().left;
      box.style.left = `${Math.min(from_px, event.clientX) - left}px`;
      box.style.width = `${Math.abs(event.clientX - from_px)}px`;
    },
    onPointerLeave: () => {
      bench.hover_s.value = null;
    },
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      from_px = event.clientX;
      view = bench.view.peek();
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerUp: (event) => {
      if (from_px === null || view === null) return;
      const one = timeAt(event.currentTarget, event.clientX, view);
      const other = timeAt(event.currentTarget, from_px, view);
      const dragged = Math.abs(event.clientX - from_px) >= DRAG_PX;
      if (dragged) bench.following.value = false;
      if (dragged && !event.shiftKey) bench.look({ from_s: Math.min(one, other), to_s: Math.max(one, other) });
      else if (!dragged) bench.seek(one);
      end();
    },
    onPointerCancel: end,
    onDblClick: () => bench.act({ do: "whole" }),
    onWheel: (event) => {
      event.preventDefault();
      const sideways = event.shiftKey ? event.deltaY : event.deltaX;
      const seen = bench.view.peek();
      if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
        bench.pan((sideways / across()) * (seen.to_s - seen.from_s));
      } else bench.zoom(timeAt(event.currentTarget, event.clientX), WHEEL ** event.deltaY);
    },
  };
}

function placeOf(at_s: number, view: View, across: number): number | null {
  const share = (at_s - view.from_s) / (view.to_s - view.from_s);
  return share < -0.001 || share > 1.001 ? null : GUTTER + share * across;
}

function stand(line: HTMLElement | null, x: number | null): void {
  if (line === null) return;
  if (line.hidden !== (x === null)) line.hidden = x === null;
  if (x !== null) line.style.transform = `translateX(${x.toFixed(1)}px)`;
}
