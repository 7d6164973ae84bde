import { effect, signal, useSignal } from "@preact/signals";
import { type JSX, render } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { t } from "../../i18n/language";
import base from "../../styles/base.css?inline";
import tokens from "../../styles/tokens.css?inline";
import { useFrame } from "../../ui/loop";
import { surface, within } from "../../ui/surface";
import { Buttons } from "../patient/Buttons";
import { Middle } from "../patient/Middle";
import { Pain } from "../patient/Pain";
import painStyles from "../patient/pain.css?inline";
import { paintCue, paintGauge } from "../patient/paint";
import patientStyles from "../patient/patient.css?inline";
import { Side } from "../patient/Side";
import { scaleOf } from "../patient/scale";
import type { Feedback } from "../patient/settings";
import stateStyles from "../patient/states.css?inline";
import { TopBar } from "../patient/TopBar";
import { paintTorque } from "../patient/torque";
import { words } from "../patient/twin";
import { same, type View } from "../patient/view";
import type { Bench } from "./bench";
import type { Mirror as Played } from "./mirror";
import mirrorStyles from "./mirror.css?inline";
import { Projector } from "./projector";

/** Of a frame so much at most goes into playing the screen up to the moment; it catches up over the next ones. */
const BUDGET_MS = 6;
/** A hand that passes over so much from frame to frame is not played after: where it stays, it is. */
const LEAP_S = 1;
/** The width that the screen is laid out at, CSS pixels. */
const WIDTH = 1280;
const STYLES = [tokens.replaceAll(":root", ":host"), base, patientStyles, stateStyles, painStyles, mirrorStyles];
const NOTHING = () => undefined;

/** The patient's screen as it was at the playhead, beside the replay; to look at, not to touch. */
export function Mirror({ bench }: { bench: Bench }): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const projector = useMemo(() => new Projector(bench), [bench]);
  const sheet = useMemo(() => new Sheet(), [projector]);
  const said = useSignal("");
  const before_s = useRef(0);

  useEffect(() => {
    if (host.current === null) return;
    const stop = sheet.enter(host.current);
    return () => {
      stop();
      projector.close();
    };
  }, [projector]);

  const draw = useRef((now_ms: number) => {
    const { at_s } = bench.player.peek();
    if (bench.length_s === 0 || !projector.want(at_s, now_ms)) return;
    const { mirror } = projector;
    if (mirror === null || host.current === null) return;
    const leapt = Math.abs(at_s - before_s.current) > LEAP_S;
    before_s.current = at_s;
    const until_ms = performance.now() + BUDGET_MS;
    const came = mirror.at_s;
    const there = !(leapt && mirror.anew(at_s)) && mirror.go(at_s, () => performance.now() < until_ms);
    if (host.current.dataset.there !== String(there)) host.current.dataset.there = String(there);
    if (!there || !(sheet.stale() || came !== mirror.at_s)) return;
    sheet.show(mirror, host.current);
    const view = sheet.view.peek();
    const next = view === null ? "" : words(view);
    if (next !== said.peek()) said.value = next;
  });
  useFrame(draw.current);

  return (
    <>
      <div class="screen" ref={host} role="img" aria-label={t("replay.screen")} aria-describedby="screen-said" inert />
      <p id="screen-said" class="screen-said">
        {projector.state.value === "ready" ? said : t(`replay.screen.${projector.state.value}`)}
      </p>
    </>
  );
}

/** What stands in the shadow root: the components of the live screen around its canvases. */
class Sheet {
  readonly view = signal<View | null>(null);
  private readonly settings = signal<ReturnType<Played["settings"]>>({ feedback: "full", motion: "scroll" });
  private readonly chart: { current: HTMLCanvasElement | null } = { current: null };
  private readonly torque: { current: HTMLCanvasElement | null } = { current: null };
  private name = "";
  private dirty = true;

  /** Builds it up; the answer takes it down. */
  enter(host: HTMLElement): () => void {
    const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = STYLES.map((text) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      return sheet;
    });
    const sized = new ResizeObserver(() => {
      host.style.setProperty("--small", String(host.clientWidth / WIDTH));
      this.dirty = true;
    });
    sized.observe(host);
    const stop = effect(() => {
      const { value } = this.view;
      const { feedback, motion } = this.settings.value;
      render(value === null ? null : this.screen(value, feedback, motion), root);
      this.dirty = true;
    });
    return () => {
      stop();
      sized.disconnect();
      render(null, root);
    };
  }

  stale(): boolean {
    return this.dirty;
  }

  show(mirror: Played, host: HTMLElement): void {
    const { scene, machine, seen, at_s } = mirror;
    const view = mirror.view();
    if (scene === null || view === null) return;
    this.name = mirror.story.machine;
    const before = this.settings.peek();
    const settings = mirror.settings();
    if (before.feedback !== settings.feedback || before.motion !== settings.motion) this.settings.value = settings;
    if (this.view.peek() === null || !same(view, this.view.peek() ?? view)) this.view.value = view;
    this.dirty = false;
    const { feedback, motion } = settings;
    const led = scene.kind === "running";
    const shows = { target: !led || feedback !== "after", dot: !led || feedback === "full" };
    within(host, () => {
      const to = this.chart.current && surface(this.chart.current);
      const scale = scaleOf(machine, seen);
      if (to && motion === "gauge") paintGauge(to, machine, scene, scale, shows);
      else if (to) paintCue(to, machine, scene, scale, at_s * 1000, shows);
      const bar = this.torque.current && surface(this.torque.current);
      if (bar) paintTorque(bar, machine, scene.fresh);
    });
  }

  private screen(view: View, feedback: Feedback, motion: string): JSX.Element {
    return (
      <main class="patient" data-kind={view.kind} data-feedback={feedback} data-motion={motion}>
        <TopBar name={this.name} view={view}>
          {null}
        </TopBar>
        <Middle name={this.name} view={view} before={null} feedback={feedback} refused={false}>
          <canvas ref={this.chart} />
        </Middle>
        <Side view={view}>
          <canvas ref={this.torque} />
        </Side>
        {view.kind === "pain" ? (
          <Pain
            pressed={null}
            answer={{ pain: null, where: [], quality: null }}
            answered={null}
            say={NOTHING}
            stop={NOTHING}
          />
        ) : (
          <Buttons view={view} outcome={null} stop={NOTHING} pause={NOTHING} />
        )}
      </main>
    );
  }
}
