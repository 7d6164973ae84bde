import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { number, t } from "../../i18n/language";
import { browser } from "../../live/browser";
import { Floor } from "../../live/floor";
import { FREEZE_MS } from "../../live/freshness";
import type { Machine } from "../../live/machine";
import { everyFrame, Pace } from "../../ui/loop";
import { Shield } from "../../ui/Shield";
import { surface } from "../../ui/surface";
import { act, type Outcome, reportPain } from "./act";
import { Buttons } from "./Buttons";
import { Middle } from "./Middle";
import { newestAngle, paintCue, paintGauge, type Scale, scaleOf } from "./paint";
import { Side } from "./Side";
import { type Scene, sceneOf } from "./scene";
import { Sight } from "./sight";
import { TopBar } from "./TopBar";
import { paintTorque } from "./torque";
import { Speaker, words } from "./twin";
import { same, type View, viewOf } from "./view";

const RATE_HZ = 60;
const DIGITS_MS = 250;
const READING_MS = 1000;
/** Close code for a machine that is not known, or not for this screen (contract 5). */
const REFUSED = 1008;

export interface Asked {
  /** What became of the last press of pause or resume. */
  pause: Outcome | null;
  /** Pain pressed here, and whether the service knows. */
  pain: Outcome | "telling" | null;
}

/** One machine's screen: the cue, where the patient is, and the way to stop. */
export function Patient({ name }: { name: string }): JSX.Element {
  const floor = useMemo(() => new Floor(browser, [name], RATE_HZ), [name]);
  const machine = useMemo(() => floor.machine(name), [floor, name]);
  const sight = useMemo(() => new Sight(), []);
  const chart = useRef<HTMLCanvasElement>(null);
  const torque = useRef<HTMLCanvasElement>(null);
  const first = useMemo(() => viewOf(machine, sceneOf(machine, browser.now(), sight, false), browser.now()), [machine]);
  const view = useSignal<View>(first);
  const refused = useSignal(false);
  const spoken = useSignal("");
  const reading = useSignal("");
  const asked = useSignal<Asked>({ pause: null, pain: null });

  useEffect(() => {
    floor.changed = () => {
      refused.value = floor.closeCode === REFUSED;
    };
    floor.connection.start();
    return () => floor.connection.stop();
  }, [floor]);

  useEffect(() => {
    const digits = new Pace(DIGITS_MS);
    const readings = new Pace(READING_MS);
    const speaker = new Speaker();
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    let seen: Scale | null = null;
    return everyFrame((now, still_ms) => {
      const scene = sceneOf(machine, now, sight, asked.value.pain !== null, still_ms);
      seen = widen(seen, machine.angle_deg);
      draw(chart.current, torque.current, machine, scene, seen, still.matches, now);
      const next = viewOf(machine, scene, now);
      // Words change at once, digits that only count an age at most four times a second.
      const due = digits.due(now);
      if (!due && next.feed === view.value.feed) next.age = view.value.age;
      if (!same(next, view.value)) view.value = next;
      if (due) spoken.value = speaker.say(words(next), now);
      if (readings.due(now)) reading.value = readingOf(machine, scene);
    });
  }, [machine]);

  usePainEnd(machine, asked);
  const press = usePresses(machine, view, asked);
  useWakeLock();

  return (
    <main class="patient" data-kind={view.value.kind}>
      <h1 class="unseen">{t("screenOf", { machine: name })}</h1>
      <TopBar name={name} view={view.value} />
      <Middle name={name} view={view.value} asked={asked.value} refused={refused.value}>
        <canvas ref={chart} role="img" aria-label={t("patient.chart")} aria-describedby="reading" />
      </Middle>
      <Side view={view.value}>
        <canvas ref={torque} />
      </Side>
      <Shield after_ms={FREEZE_MS} hint={t("patient.shield")} />
      <Buttons view={view.value} asked={asked.value} press={press} />
      <p class="unseen" id="reading">
        {reading}
      </p>
      <p class="unseen" role="status" aria-live="polite">
        {spoken}
      </p>
    </main>
  );
}

function draw(
  chart: HTMLCanvasElement | null,
  torque: HTMLCanvasElement | null,
  machine: Machine,
  scene: Scene,
  seen: Scale | null,
  still: boolean,
  now: number,
): void {
  const to = chart && surface(chart);
  if (to) {
    const scale = scaleOf(machine, seen);
    if (still) paintGauge(to, machine, scene, scale);
    else paintCue(to, machine, scene, scale, now);
  }
  const bar = torque && surface(torque);
  if (bar) paintTorque(bar, machine, scene.fresh);
}

function widen(seen: Scale | null, angle_deg: number | null): Scale | null {
  if (angle_deg === null) return seen;
  if (seen === null) return { top_deg: angle_deg - 5, bottom_deg: angle_deg + 5 };
  return { top_deg: Math.min(seen.top_deg, angle_deg - 5), bottom_deg: Math.max(seen.bottom_deg, angle_deg + 5) };
}

function readingOf(machine: Machine, scene: Scene): string {
  const angle = scene.fresh ? newestAngle(machine) : null;
  if (angle === null) return "";
  if (machine.path === null || scene.since_s === null) return t("patient.chartNoTarget", { angle: number(angle) });
  const target = number(machine.path.angleAt(scene.since_s));
  return t("patient.chartNow", { angle: number(angle), target });
}

/** The local stop ends when the machine begins anew: another session, or a new start by the staff. */
function usePainEnd(machine: Machine, asked: Signal<Asked>): void {
  useEffect(() => {
    let stopped: { session: string | null; origin_ns: number | null } | null = null;
    return everyFrame(() => {
      if (asked.value.pain === null) {
        stopped = null;
        return;
      }
      const now = { session: machine.session, origin_ns: machine.cue.running ? machine.cue.origin_ns : null };
      stopped ??= now;
      const anew = now.session !== null && now.session !== stopped.session;
      const begun = now.origin_ns !== null && now.origin_ns !== stopped.origin_ns;
      if (asked.value.pain === "told" && (anew || begun)) asked.value = { ...asked.value, pain: null };
    });
  }, [machine]);
}

export interface Press {
  pain(): void;
  pause(): void;
}

function usePresses(machine: Machine, view: Signal<View>, asked: Signal<Asked>): Press {
  const press = useMemo<Press>(() => {
    let giveUp = () => {};
    return {
      pain() {
        giveUp();
        asked.value = { ...asked.value, pain: "telling" };
        giveUp = reportPain(machine.name, (outcome) => {
          asked.value = { ...asked.value, pain: outcome };
        });
      },
      pause() {
        const resume = view.value.kind === "paused" || view.value.kind === "interrupted";
        asked.value = { ...asked.value, pause: null };
        void act(machine.name, resume ? "resume" : "pause").then((outcome) => {
          asked.value = { ...asked.value, pause: outcome };
        });
      },
    };
  }, [machine]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key.toLowerCase() === "s") {
        event.preventDefault();
        press.pain();
      } else if (event.key === " " && !(event.target instanceof HTMLButtonElement)) {
        event.preventDefault();
        press.pause();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [press]);
  return press;
}

/** Keeps the display on while the page is seen; where the browser allows it. */
function useWakeLock(): void {
  useEffect(() => {
    const ask = () => {
      if (document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
      navigator.wakeLock.request("screen").catch(() => {
        // Refused on low battery: the display then follows the system's own rule.
      });
    };
    ask();
    document.addEventListener("visibilitychange", ask);
    return () => document.removeEventListener("visibilitychange", ask);
  }, []);
}
