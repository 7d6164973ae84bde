/** Which screen an address means. Pure. */
export type Page =
  | { kind: "wall" }
  | { kind: "screen"; machine: string | null }
  | { kind: "machine"; machine: string }
  | { kind: "sessions" }
  | { kind: "session"; id: string }
  | { kind: "replay"; id: string }
  | { kind: "guide" }
  | { kind: "missing" };

const PART = "[a-z0-9_-]{1,64}";
const SESSION = /^\/sessions\/([A-Za-z0-9_-]{1,128})(\/replay)?\/?$/;
const SCREEN = new RegExp(`^/(screen|machines)/(${PART}/${PART})/?$`);

export function pageOf(path: string): Page {
  if (path === "/" || path === "/wall" || path === "/wall/") return { kind: "wall" };
  if (path === "/sessions" || path === "/sessions/") return { kind: "sessions" };
  if (path === "/screen" || path === "/screen/") return { kind: "screen", machine: null };
  if (path === "/styleguide" || path === "/styleguide/") return { kind: "guide" };
  const [, id, replay] = SESSION.exec(path) ?? [];
  if (id !== undefined) return { kind: replay === undefined ? "session" : "replay", id };
  const [, page, machine] = SCREEN.exec(path) ?? [];
  if (machine === undefined) return { kind: "missing" };
  return { kind: page === "screen" ? "screen" : "machine", machine };
}
