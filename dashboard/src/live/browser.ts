/** What lies outside the page: line, clocks, repaints, questions to the service. One door, so that the guide can show what was recorded. */
import type { Socket, Surroundings } from "./connection";

export interface World extends Surroundings {
  /** Unix time, ms. */
  utc_ms(): number;
  /** Calls back once, before the next repaint. */
  repaint(step: () => void): void;
  /** Asks the service; as `fetch`. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** Where the service is found, as people type it. */
  host(): string;
  /** What the page's address asks for, from the question mark on. */
  search(): string;
  /** Where a choice outlives the page; null where nothing does. */
  store(): Storage | null;
}

/** The browser's own; same origin, the session cookie goes along. */
export const browser: World = {
  open(): Socket {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    return new WebSocket(`${scheme}://${location.host}/api/v1/live`);
  },
  now: () => performance.now(),
  later(callback, delay_ms) {
    const timer = setTimeout(callback, delay_ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
  utc_ms: () => Date.now(),
  repaint: (step) => void requestAnimationFrame(step),
  ask: (path, init) => fetch(path, init),
  host: () => location.host,
  search: () => location.search,
  store() {
    try {
      return typeof localStorage === "undefined" ? null : localStorage;
    } catch {
      return null;
    }
  },
};

/** From now on the page lives in another world. */
export function enter(world: World): void {
  Object.assign(browser, world);
}
