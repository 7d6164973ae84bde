/** Puts one state on the page: its recorded sessions play up to the moment, then everything stands still. */
import { type JSX, render } from "preact";
import { language, script } from "../i18n/language";
import { enter } from "../live/browser";
import { Patient } from "../screens/patient/Patient";
import { Safe } from "../screens/patient/Safe";
import { Missing, SignIn, Unreached } from "../screens/plain";
import { Wall } from "../screens/wall/Wall";
import { Blind } from "../ui/Blind";
import { redraw } from "../ui/loop";
import { forgetTokens } from "../ui/surface";
import { answering } from "./answers";
import { recordingOf } from "./cast";
import { Moments } from "./moments";
import type { Options } from "./options";
import { Parts } from "./Parts";
import { pseudo } from "./pseudo";
import { STATES } from "./states/all";
import { RECORDINGS, type State } from "./states/state";
import { Tokens } from "./Tokens";
import { type Part, RecordedWorld } from "./world";

const LEAD_S = 1;
const STILL_TURNS = 3;
const PATIENCE_TURNS = 300;
const NO_SCREENS = [{ screens: [], code_left_s: null }];
/** What has to have come before the first picture of a canvas. */
const FACES = ["400 16px", "600 16px", "700 16px"];

const world = new RecordedWorld();

/** The look that the address asks for; what stands is drawn anew. */
export function dress({ language: tag, theme, text, pseudo: longer }: Options): void {
  const root = document.documentElement;
  language.value = tag;
  script.value = longer ? pseudo : (plain) => plain;
  root.style.fontSize = text === 100 ? "" : `${text}%`;
  if (theme === null) delete root.dataset.theme;
  else root.dataset.theme = theme;
  forgetTokens();
  redraw();
}

/** Shows a state in `place`, and says on the page's root when it stands. */
export async function show(options: Options, place: HTMLElement): Promise<void> {
  const root = document.documentElement;
  delete root.dataset.shown;
  render(null, place);
  // In a window of the overview it is to be looked at, and takes the focus from nobody.
  place.inert = window !== window.parent;
  enter(world);
  dress(options);
  const state = STATES.find(({ name }) => name === options.show);
  if (state === undefined) throw new Error(`no state ${options.show}`);
  const parts = await cast(state);
  const faces = FACES.map((face) =>
    document.fonts.load(`${face} ${getComputedStyle(root).getPropertyValue("--face")}`),
  );
  await Promise.all(faces);
  const { lead_s = LEAD_S, cut_s = null, refusals = {}, labels = [], record = {}, screens = NO_SCREENS } = state;
  const sessions = [...parts.map(({ recording }) => recording), ...(await earlier(state))];
  const search = new URLSearchParams(state.search);
  if (options.reduced && !search.has("motion")) search.set("motion", "gauge");
  world.stage(parts, lead_s, answering({ sessions, labels, refusals, record, screens }), `?${search}`, cut_s);
  render(await pageOf(state, parts), place);
  await world.play(options.ago_s, settled);
  for (const pressed of state.presses ?? []) {
    const key = await appeared(place, pressed);
    key.click();
    uncover(key);
    redraw();
    await settled();
  }
  await stand(options, state.shielded);
}

/** Plays on, to a time nearer the moment. */
export async function goOn(options: Options): Promise<void> {
  delete document.documentElement.dataset.shown;
  await world.play(options.ago_s, async () => undefined);
  await stand(options);
}

async function stand({ ago_s }: Options, shielded = false): Promise<void> {
  redraw();
  await settled();
  for (const each of document.getAnimations()) {
    const effect = each.effect as KeyframeEffect;
    if (shielded && effect.target?.classList.contains("shield")) each.finish();
    else {
      each.pause();
      each.currentTime = timeOf(effect.getComputedTiming(), ago_s);
    }
  }
  document.documentElement.dataset.shown = location.search;
}

/** So long before the moment, ms: what goes round and round begins anew at the moment itself, all else stands at its beginning. */
function timeOf({ iterations, duration }: ComputedEffectTiming, ago_s: number): number {
  const round_ms = iterations === Number.POSITIVE_INFINITY ? Number(duration) : Number.NaN;
  return round_ms > 0 ? (round_ms - ((1000 * ago_s) % round_ms)) % round_ms : 0;
}

async function cast({ roles }: State): Promise<Part[]> {
  return Promise.all(
    roles.map(async ({ of, at, age_ms, befalls = [], ...casting }) => {
      const recording = await recordingOf(of, casting);
      const moments = new Moments(recording);
      return { recording, at_s: at(moments), befalls, ...(age_ms === undefined ? {} : { age_ms }) };
    }),
  );
}

/** Further sessions: the one to compare with, or all that there are. */
async function earlier({ page, roles: [role] }: State) {
  const compares = (page === "machine" || page === "session") && role?.of === "tires";
  const others = page === "sessions" ? RECORDINGS.filter((name) => name !== role?.of) : [];
  return Promise.all((compares ? (["before"] as const) : others).map((name) => recordingOf(name)));
}

const nothing = () => undefined;

async function pageOf(state: State, [part]: readonly Part[]): Promise<JSX.Element> {
  const name = state.machine ?? part?.recording.machine ?? "demo/steady";
  const session = part?.recording.session ?? "none";
  switch (state.page) {
    case "patient":
      return <Patient name={name} paired={state.here?.paired ?? false} onCut={nothing} />;
    case "safe":
      return <Safe pressed={null} stop={nothing} />;
    case "pairing": {
      const { Pairing } = await import("../screens/pairing/pages");
      return <Pairing machine={state.machine ?? null} here={state.here ?? null} onPaired={nothing} />;
    }
    case "wall":
      return <Wall />;
    case "blind":
      return <Blind />;
    case "machine": {
      const { Machine } = await import("../screens/machine/pages");
      return <Machine name={name} />;
    }
    case "session": {
      const { Session } = await import("../screens/record/pages");
      return <Session id={session} />;
    }
    case "sessions": {
      const { Sessions } = await import("../screens/record/pages");
      return <Sessions />;
    }
    case "signIn":
      return <SignIn />;
    case "unreached":
      return <Unreached />;
    case "missing":
      return <Missing />;
    case "parts":
      return <Parts />;
    case "tokens":
      return <Tokens />;
  }
}

/** What becomes of a press is seen, where the page goes on below the display. */
function uncover(key: HTMLElement): void {
  const below = key.getBoundingClientRect().bottom - innerHeight;
  if (below <= 0) return;
  let box = key.parentElement;
  while (box !== null && getComputedStyle(box).overflowY !== "auto") box = box.parentElement;
  (box ?? window).scrollBy(0, below + innerHeight / 2);
}

/** What a press loads first is waited for. */
async function appeared(place: HTMLElement, selector: string): Promise<HTMLElement> {
  for (let turns = 0; turns < PATIENCE_TURNS; turns++) {
    const found = place.querySelector<HTMLElement>(selector);
    if (found !== null) return found;
    await turn();
  }
  throw new Error(`no ${selector}`);
}

/** Renderings, effects and answers that wait have had their turn: nothing on the page has changed for three. */
async function settled(): Promise<void> {
  let still = 0;
  const watch = new MutationObserver(() => {
    still = 0;
  });
  watch.observe(document.documentElement, { subtree: true, childList: true, attributes: true, characterData: true });
  for (let turns = 0; still < STILL_TURNS && turns < PATIENCE_TURNS; turns++) {
    still += 1;
    await turn();
  }
  watch.disconnect();
}

/** To the next repaint and over it; one that does not come is not waited for. */
async function turn(): Promise<void> {
  await new Promise<void>((resolve) => {
    const late = setTimeout(resolve, 100);
    requestAnimationFrame(() => {
      clearTimeout(late);
      setTimeout(resolve, 0);
    });
  });
}
