/** What the record pages ask the service for (contract 6). */
import { answered } from "../replay/ahead";
import { type Filter, queryOf } from "./filter";
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
  const answer = await answered(path).catch(() => null);
  if (answer === null || !answer.ok) throw new Unanswered(answer?.status ?? 0);
  return answer;
}

export async function sessions(filter: Filter, after: string | null): Promise<SessionPage> {
  const page = after === null ? "" : `&after=${encodeURIComponent(after)}`;
  return (await (await ask(`${ROOT}?limit=50${queryOf(filter)}${page}`)).json()) as SessionPage;
}

/** The names of the machines that are known now; none where they can't be asked for. */
export async function machines(): Promise<string[]> {
  try {
    const found = (await (await ask("/api/v1/machines")).json()) as { machine: string }[];
    return found.map(({ machine }) => machine);
  } catch {
    return [];
  }
}

/** The newest sessions of a machine. */
export async function sessionsOf(machine: string): Promise<SessionRecord[]> {
  const query = `?limit=100&machine=${encodeURIComponent(machine)}`;
  return ((await (await ask(`${ROOT}${query}`)).json()) as SessionPage).items;
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
