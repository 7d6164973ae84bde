/** What the patient's screen asks of the browser beside drawing: keys, a display that stays on, reports of its own failures. */
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { browser } from "../../live/browser";
import type { Sound } from "../../sound/sound";
import { tell } from "./telling";

/** At most so often one failure is reported. */
const REPORT_MS = 10_000;
const MESSAGE_MOST = 500;
/** The key in the top bar that turns sound on and off. */
const SPEAKER = ".options .sound";

/**
 * Acts on keys by their name, from the first frame that shows them on; not on those that a control under the focus uses itself, unless it
 * was touched: whoever has tapped the speaker pauses with the next Space, as the pause button says, and turns no sound off.
 */
export function useKeys(keys: Record<string, () => void>): void {
  const held = useRef(keys);
  held.current = keys;
  useLayoutEffect(() => {
    let touched = false;
    const onPointer = () => {
      touched = true;
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      const act = held.current[event.key.toLowerCase()];
      if (act === undefined) {
        touched = false;
        return;
      }
      const { target } = event;
      if (event.key === " " && !touched && usesSpace(target)) return;
      event.preventDefault();
      // Some browsers press a button when the key comes up again.
      if (target instanceof HTMLElement && touched) target.blur();
      act();
    };
    addEventListener("pointerdown", onPointer, true);
    addEventListener("keydown", onKey);
    return () => {
      removeEventListener("pointerdown", onPointer, true);
      removeEventListener("keydown", onKey);
    };
  }, []);
}

function usesSpace(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("button, input, summary") !== null;
}

/** This browser can keep the display on: over plain HTTP none can, unless it was started for that (decision 0216). */
export function keepsDisplayOn(): boolean {
  return "wakeLock" in navigator;
}

/** Keeps the display on while the page is seen; where the browser allows it. */
export function useWakeLock(): void {
  useEffect(() => {
    const ask = () => {
      if (document.visibilityState !== "visible" || !keepsDisplayOn()) return;
      navigator.wakeLock.request("screen").catch(() => {
        // Refused on low battery: the display then follows the system's own rule.
      });
    };
    ask();
    document.addEventListener("visibilitychange", ask);
    return () => document.removeEventListener("visibilitychange", ask);
  }, []);
}

/** What a browser takes for a touch, or ends one with: of a finger the press alone is none. */
const TOUCHES = ["pointerup", "click", "keydown"] as const;

/** Sound that the address asks for; a browser that wants a touch first gets it with the next one, whatever it is for. */
export function useSoundByAddress(sound: Sound, wanted: boolean): void {
  useEffect(() => {
    if (!wanted || sound.state.value === "on") return;
    const touched = ({ target }: Event) => {
      // From the speaker's own key on it is as that key says: turned on here as well, its click would turn it off again.
      const chosen = target instanceof Element && target.closest(SPEAKER) !== null;
      if (chosen || sound.state.value === "on") leave();
      else void sound.turn(true);
    };
    const leave = () => {
      for (const touch of TOUCHES) removeEventListener(touch, touched);
    };
    void sound.turn(true);
    for (const touch of TOUCHES) addEventListener(touch, touched);
    return leave;
  }, []);
}

/** Tells the service of what failed here, drawn or not, as of the machine that `nameOf` says; a report that doesn't arrive is not repeated. */
export function useReports(nameOf: () => string | null): (error: unknown) => void {
  const last_ms = useRef(Number.NEGATIVE_INFINITY);
  const report = (error: unknown) => {
    const now_ms = browser.now();
    const name = nameOf();
    if (name === null || now_ms - last_ms.current < REPORT_MS) return;
    last_ms.current = now_ms;
    const words = error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ""}` : String(error);
    void tell(name, "screen-failed", { message: `${location.pathname}: ${words}`.slice(0, MESSAGE_MOST) });
  };
  useEffect(() => {
    const onError = (event: ErrorEvent) => report(event.error ?? event.message);
    const onRejection = (event: PromiseRejectionEvent) => report(event.reason);
    addEventListener("error", onError);
    addEventListener("unhandledrejection", onRejection);
    return () => {
      removeEventListener("error", onError);
      removeEventListener("unhandledrejection", onRejection);
    };
  }, []);
  return report;
}
