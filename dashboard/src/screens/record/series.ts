/** Many sessions analysed again: the service is asked once, and answers of each as it is done (decision 0230). */
import { browser } from "../../live/browser";
import { type Refused, refusal } from "../replay/asking";
import type { Order, Rerun } from "../replay/rerun";

/** What is answered of one: the difference, or why there is none. */
export type Answer = Rerun & { session: string; fault?: string };

/** In one question; the service takes 5,000. */
const MOST = 2000;
const BUSY_MS = 1000;
const BUSY_TIMES = 60;

/** Raises Refused, AbortError where `signal` says so, and what the line raises, also where it ends before all have come. */
export async function series(
  sessions: readonly string[],
  order: Order,
  take: (answers: readonly Answer[]) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let at = 0; at < sessions.length; at += MOST) {
    const some = sessions.slice(at, at + MOST);
    const answer = await asked({ sessions: some, ...order }, signal);
    let came = 0;
    for await (const lines of linesOf(answer.body)) {
      came += lines.length;
      take(lines.map((line) => JSON.parse(line) as Answer));
    }
    if (came < some.length) throw new Error(`${came} of ${some.length} came`);
  }
}

/** Whoever is busy is asked again. */
async function asked(body: object, signal: AbortSignal): Promise<Response> {
  for (let time = 1; ; time++) {
    const answer = await browser.ask("/api/v1/sessions/rerun", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
    if (answer.ok) return answer;
    const refused: Refused = await refusal(answer);
    if (refused.status !== 503 || time === BUSY_TIMES) throw refused;
    await new Promise((resolve) => browser.later(() => resolve(null), BUSY_MS));
    signal.throwIfAborted();
  }
}

/** Whole lines, as many at a time as have come. */
export async function* linesOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<string[]> {
  if (body === null) return;
  const reader = body.getReader();
  const text = new TextDecoder();
  let begun = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const lines = (begun + text.decode(part.value, { stream: true })).split("\n");
    begun = lines.pop() ?? "";
    if (lines.length > 0) yield lines;
  }
}
