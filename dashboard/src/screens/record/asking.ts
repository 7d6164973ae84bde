/** What the record pages ask the service for (contract 6). */
import { type AnyEvent, eventsOf, type SessionPage, type SessionRecord } from "./record";

const ROOT = "/api/v1/sessions";

/** Why there is nothing to show. */
export class Unanswered extends Error {
  readonly why: "unknown" | "forbidden" | "down";
  constructor(status: number) {
    super(`status ${status}`);
    this.why = status === 404 ? "unknown" : status === 401 || status === 403 ? "forbidden" : "down";
  }
}

async function ask(path: string): Promise<Response> {
  const answer = await fetch(path).catch(() => null);
  if (answer === null || !answer.ok) throw new Unanswered(answer?.status ?? 0);
  return answer;
}

export async function sessions(after: string | null): Promise<SessionPage> {
  const query = after === null ? "" : `&after=${encodeURIComponent(after)}`;
  return (await (await ask(`${ROOT}?limit=50${query}`)).json()) as SessionPage;
}

export async function session(id: string): Promise<SessionRecord> {
  return (await (await ask(`${ROOT}/${encodeURIComponent(id)}`)).json()) as SessionRecord;
}

/** The events of a version; null where there is no such version. */
export async function events(id: string, version: "live" | "final"): Promise<AnyEvent[] | null> {
  try {
    return eventsOf(await (await ask(`${ROOT}/${encodeURIComponent(id)}/events?version=${version}`)).text());
  } catch {
    return null;
  }
}

/** The file; one that is damaged is only given to who says that he knows. */
export function recordingAddress(id: string, damaged: boolean): string {
  return `${ROOT}/${encodeURIComponent(id)}/recording${damaged ? "?damaged=true" : ""}`;
}
