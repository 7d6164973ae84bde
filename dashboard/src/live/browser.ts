import type { Socket, Surroundings } from "./connection";

/** The browser's own socket, clock and timers; same origin, the session cookie goes along. */
export const browser: Surroundings = {
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
};
