/** What a browser asks about the screen that it is (decision 0176). */
import { browser } from "../../live/browser";

/** What the service says that this browser is: any machine's (null) or one's alone. */
export interface Here {
  machine: string | null;
  paired: boolean;
}

/** `out`: nobody known here, so it may be paired; `down`: no answer. */
export type Known = Here | "out" | "down";

const PATIENCE_MS = 5000;
const SCREEN = "/api/v1/screen";

export async function here(): Promise<Known> {
  try {
    const answer = await browser.ask(SCREEN, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok) return (await answer.json()) as Here;
    return answer.status === 401 || answer.status === 403 ? "out" : "down";
  } catch {
    return "down";
  }
}

/** Why a code was not taken. */
export type Refusal =
  | { why: "unknown" | "failed" | "unreached" }
  | { why: "another"; machine: string }
  | { why: "wait"; seconds: number };

export type Paired = { machine: string } | Refusal;

/** Tries a code; `machine`: whose screen this is by its address, null where it says none. */
export async function pair(code: string, machine: string | null): Promise<Paired> {
  const answer = await browser
    .ask(SCREEN, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code, machine }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    .catch(() => null);
  if (answer === null) return { why: "unreached" };
  const said = (await answer.json().catch(() => ({}))) as { type?: string; machine?: string; wait_s?: number };
  if (answer.ok && said.machine !== undefined) return { machine: said.machine };
  switch (said.type) {
    case "/problems/unknown-code":
      return { why: "unknown" };
    case "/problems/code-of-another-machine":
      return { why: "another", machine: said.machine ?? "" };
    case "/problems/too-many-tries":
      return { why: "wait", seconds: said.wait_s ?? 1 };
    default:
      return { why: "failed" };
  }
}
