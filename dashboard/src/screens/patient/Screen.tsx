import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { number, t } from "../../i18n/language";
import { browser } from "../../live/browser";
import { Floor } from "../../live/floor";
import { FREEZE_MS } from "../../live/freshness";
import type { Machine } from "../../live/machine";
import type { Led } from "../../sound/pacer";
import { everyFrame, Pace } from "../../ui/loop";
import { useFailure } from "../../ui/Rescue";
import { Shield } from "../../ui/Shield";
import { surface } from "../../ui/surface";
import { Buttons, pausable, resumes } from "./Buttons";
import { CheckIn } from "./CheckIn";
import { paintCode } from "./code";
import { cuesOf } from "./earcons";
import { useKeys, useSoundByAddress } from "./hooks";
import { Middle } from "./Middle";
import { Options } from "./Options";
import { Pain } from "./Pain";
import type { Standing } from "./Patient";
import { newestAngle, paintCue, paintGauge } from "./paint";
import { Side } from "./Side";
import { type Scale, scaleOf, widen } from "./scale";
import { type Scene, sceneOf, Watch } from "./scene";
import { type Settings, type Shown, settingsOf, shownBy } from "./settings";
import { Showing } from "./showing";
import { layStill } from "./still";
import { TopBar } from "./TopBar";
import { lastTime, type Outcome, tell, uuid } from "./telling";
import { paintTorque } from "./torque";
import { Speaker, words } from "./twin";
import { same, type View, viewOf } from "./view";

const RATE_HZ = 60;
const DIGITS_MS = 250;
const READING_MS = 1000;
/** Close code for a machine that is not known, or not for this screen (contract 5). */
const REFUSED = 1008;

interface Props {
  name: string;
  paired: boolean;
  standing: Standing;
  stop: () => void;
  onCut: () => void;
}

/** The screen while it can be drawn. It begins knowing nothing: whoever it leads sees a countdown first. */
export function Screen({ name, paired, standing, stop, onCut }: Props): JSX.Element {
  const { painStop, arrival, sound } = standing;
  const floor = useMemo(() => new Floor(browser, [name], RATE_HZ), [name]);
  const machine = useMemo(() => floor.machine(name), [floor, name]);
  const chart = useRef<HTMLCanvasElement>(null);
  const torque = useRef<HTMLCanvasElement>(null);
  const settings = useSignal<Settings>(settingsOf(browser.search()));
  const view = useSignal<View>(firstView(machine));
  const refused = useSignal(false);
  const still = useSignal(matchMedia("(prefers-reduced-motion: reduce)").matches);
  const spoken = useSignal("");
  const reading = useSignal("");
  const paused = useSignal<Outcome | null>(null);
  const before = useSignal<number | null>(null);
  const shown = useSignal(shownBy(settings.peek(), null, 1, still.peek()));
  const failed = useFailure();

  useEffect(() => {
    standing.machine = machine;
    floor.changed = () => {
      refused.value = floor.closeCode === REFUSED;
      if (floor.link === "closed") onCut();
    };
    floor.connection.start();
    return () => floor.connection.stop();
  }, [floor]);

  useEffect(() => {
    const wish = matchMedia("(prefers-reduced-motion: reduce)");
    const wished = () => {
      still.value = wish.matches;
    };
    wish.addEventListener("change", wished);
    return () => wish.removeEventListener("change", wished);
  }, []);

  useEffect(() => {
    const watch = new Watch();
    const digits = new Pace(DIGITS_MS);
    const readings = new Pace(READING_MS);
    const speaker = new Speaker();
    const showing = new Showing(name);
    let seen: Scale | null = null;
    let latest: Scene | null = null;
    const unheard = sound.attend((now) => latest && ledBy(machine, latest, now));
    const undrawn = everyFrame((now, still_ms) => {
      painStop.follow(machine);
      const asks = arrival.follow(machine) && settings.value.checkin;
      const how = shownBy(settings.value, machine.plan, machine.next, still.value);
      const here = { pain: painStop.pressed.value !== null, asks, rest_s: how.rest_s };
      const scene = sceneOf(machine, now, watch, here, still_ms);
      latest = scene;
      seen = widen(seen, machine.angle_deg);
      draw(chart.current, torque.current, machine, scene, seen, how, now);
      const next = viewOf(machine, scene, now, browser.utc_ms());
      for (const motif of cuesOf(view.value, next)) sound.play(motif);
      // Words change at once, digits that only count an age at most four times a second.
      const due = digits.due(now);
      if (!due && next.feed === view.value.feed) next.age = view.value.age;
      if (!same(next, view.value)) view.value = next;
      if (how.feedback !== shown.value.feedback || how.motion !== shown.value.motion) shown.value = how;
      if (due) {
        spoken.value = speaker.say(words(next), now);
        settings.value = showing.follow(machine, settings.value, how, sound.state.value === "on");
      }
      if (readings.due(now)) reading.value = readingOf(machine, scene, how.feedback === "after");
    }, failed);
    return () => {
      undrawn();
      unheard();
    };
  }, [machine]);

  const over = view.value.result !== null;
  useEffect(() => {
    before.value = null;
    if (over) void lastTime(name).then((count) => (before.value = count));
  }, [over]);

  useSoundByAddress(sound, settings.value.sound);
  const pause = () => {
    if (!pausable(view.value) || (paired && resumes(view.value))) return;
    paused.value = null;
    void tell(name, resumes(view.value) ? "resume" : "pause", { id: uuid() }).then((outcome) => {
      paused.value = outcome;
    });
  };
  // Where nothing can be paused, Space is for the questions' own keys.
  useKeys(pausable(view.value) ? { " ": pause } : {});

  const { feedback, motion } = shown.value;
  return (
    <main class="patient" data-kind={view.value.kind} data-feedback={feedback} data-motion={motion}>
      <h1 class="unseen">{t("screenOf", { machine: name })}</h1>
      <TopBar name={name} view={view.value}>
        <Options
          settings={settings.value}
          shown={shown.value}
          sound={sound}
          choose={(change) => {
            settings.value = { ...settings.value, chosen: { ...settings.value.chosen, ...change } };
            shown.value = shownBy(settings.value, machine.plan, machine.next, still.value);
          }}
        />
      </TopBar>
      <Middle name={name} view={view.value} before={before.value} feedback={feedback} refused={refused.value}>
        <canvas ref={chart} role="img" aria-label={t("patient.chart")} aria-describedby="reading" />
      </Middle>
      <Side view={view.value}>
        <canvas ref={torque} />
      </Side>
      {view.value.kind === "checkin" && (
        <CheckIn
          label={view.value.label}
          said={arrival.said.value}
          told={arrival.told.value}
          say={(said) => arrival.say(said, machine)}
        />
      )}
      {view.value.kind === "pain" ? (
        <Pain
          pressed={painStop.pressed.value}
          answer={painStop.answer.value}
          answered={painStop.answered.value}
          say={(answer) => painStop.say(answer, machine)}
          stop={stop}
        />
      ) : (
        <Buttons view={view.value} paired={paired} outcome={paused.value} stop={stop} pause={pause} />
      )}
      <Shield after_ms={FREEZE_MS} hint={t("patient.shield")} />
      <p class="unseen" id="reading">
        {reading}
      </p>
      <p class="unseen" role="status" aria-live="polite">
        {spoken}
      </p>
    </main>
  );
}

function firstView(machine: Machine): View {
  const now = browser.now();
  return viewOf(
    machine,
    sceneOf(machine, now, new Watch(), { pain: false, asks: false, rest_s: 0 }),
    now,
    browser.utc_ms(),
  );
}

function draw(
  chart: HTMLCanvasElement | null,
  torque: HTMLCanvasElement | null,
  machine: Machine,
  scene: Scene,
  seen: Scale | null,
  { feedback, motion }: Shown,
  now: number,
): void {
  const led = scene.kind === "running";
  const shows = { target: !led || feedback !== "after", dot: !led || feedback === "full" };
  const to = chart && surface(chart, true);
  if (to) {
    const scale = scaleOf(machine, seen);
    const gauge = motion === "gauge";
    layStill(to, machine, scale, gauge);
    if (gauge) paintGauge(to, machine, scene, scale, shows);
    else paintCue(to, machine, scene, scale, now, shows);
    if (import.meta.env.MODE === "measure" && scene.fresh && shows.dot && machine.newest_ms !== null) {
      paintCode(to, machine.newest_ms, now);
    }
  }
  const bar = torque && surface(torque);
  if (bar) paintTorque(bar, machine, scene.fresh);
}

/** How the cue leads at a time of this page, for the sound: by the scene that was drawn last, never past its bound. */
function ledBy(machine: Machine, scene: Scene, now: number): Led | null {
  const { plan, path, cue } = machine;
  const leads = scene.kind === "running" || scene.kind === "countdown";
  const since_s = machine.sinceOrigin(now);
  if (!leads || plan === null || path === null || cue.origin_ns === null || since_s === null) return null;
  const { from_s, sound_until_ms } = scene;
  return { path, tempo: plan.tempo, origin_ns: cue.origin_ns, since_s, from_s, until_ms: sound_until_ms };
}

function readingOf(machine: Machine, scene: Scene, after: boolean): string {
  const angle = scene.fresh ? newestAngle(machine) : null;
  if (angle === null || (after && scene.kind === "running")) return "";
  if (machine.path === null || scene.since_s === null) return t("patient.chartNoTarget", { angle: number(angle) });
  const target = number(machine.path.angleAt(scene.since_s));
  return t("patient.chartNow", { angle: number(angle), target });
}
