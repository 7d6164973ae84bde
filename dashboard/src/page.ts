/** Which screen an address means. Pure. */
export type Page = { kind: "wall" } | { kind: "screen"; machine: string } | { kind: "missing" };

const PART = "[a-z0-9_-]{1,64}";
const SCREEN = new RegExp(`^/screen/(${PART}/${PART})/?$`);

export function pageOf(path: string): Page {
  if (path === "/" || path === "/wall" || path === "/wall/") return { kind: "wall" };
  const machine = SCREEN.exec(path)?.[1];
  return machine === undefined ? { kind: "missing" } : { kind: "screen", machine };
}
