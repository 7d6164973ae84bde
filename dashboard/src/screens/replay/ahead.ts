/** What the replay page shows first is asked for while the page itself is still being loaded. */
import { browser } from "../../live/browser";

/** Points of the whole session; one a pixel of the widest screen. */
export const WHOLE = 2400;

const asked = new Map<string, Promise<Response>>();

/** Asks now for a session's record and its whole, coarsely; `answered` gives each answer, once. */
export function ahead(id: string): void {
  const session = `/api/v1/sessions/${encodeURIComponent(id)}`;
  for (const path of [session, `${session}/signals?points=${WHOLE}`]) {
    const answer = browser.ask(path);
    // Who wants it hears what was wrong.
    answer.catch(() => undefined);
    asked.set(path, answer);
  }
}

/** The answer that was asked for ahead; what was not, is asked now. */
export function answered(path: string, init: RequestInit = {}): Promise<Response> {
  const found = asked.get(path);
  asked.delete(path);
  return found ?? browser.ask(path, init);
}
