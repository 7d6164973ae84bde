/** What the record pages ask the service for (contract 6). */
import { answered } from "../replay/ahead";
import { type Filter, queryOf } from "./filter";
import { type AnyEvent, eventsOf, type SessionPage, type SessionRecord } from "./record";

const ROOT = "/api/v1/sessions";

/** What the service says of a question that it does not answer (RFC 9457), as far as it is looked at here. */
interface Problem {
  type?: string;
  detail?: string;
}

/** Problems of the recording itself: asking again finds the same, and each time the file is read again. */
const LASTING: Readonly<Record<string, "gone" | "damaged" | "unanalysed">> = {
  "/problems/recording-missing": "gone",
  "/problems/recording-damaged": "damaged",
  "/problems/analysis-failed": "unanalysed",
};

/** A running session, and one that is not whole, has no final events. */
const NO_VERSION = "/problems/no-such-version";

/** Why there is nothing to show: `down`, nobody has answered; `failed`, the service has, with what is wrong on its side. */
export class Unanswered extends Error {
  readonly why: "unknown" | "forbidden" | "gone" | "damaged" | "unanalysed" | "failed" | "down";
  readonly type: string;
  /** The service's own words; "" where it has none. */
  readonly detail: string;
  constructor(status: number, { type = "", detail = "" }: Problem = {}) {
    super(`status ${status}`);
    this.type = type;
    this.detail = detail;
    if (status === 404) this.why = "unknown";
    else if (status === 401 || status === 403) this.why = "forbidden";
    else this.why = LASTING[type] ?? (status === 410 ? "gone" : type === "" ? "down" : "failed");
  }

  /** Later there may be an answer. */
  get passing(): boolean {
    return this.why === "down" || this.why === "failed";
  }

  /** It is the recording's, not the service's or the reader's: another one may have it otherwise. */
  get ofRecording(): boolean {
    return Object.values(LASTING).some((why) => why === this.why);
  }
}

/** Of an answer that is none. */
export async function unanswered(answer: Response): Promise<Unanswered> {
  const problem = (await answer.json().catch(() => null)) as Problem | null;
  return new Unanswered(answer.status, problem ?? {});
}

/** Of whatever was thrown. */
export function whyOf(error: unknown): Unanswered {
  return error instanceof Unanswered ? error : new Unanswered(0);
}

async function ask(path: string): Promise<Response> {
  const answer = await answered(path).catch(() => null);
  if (answer === null) throw new Unanswered(0);
  if (!answer.ok) throw await unanswered(answer);
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

/** The events of a version; null where there is no such version. Raises Unanswered. */
export async function events(id: string, version: "live" | "final"): Promise<AnyEvent[] | null> {
  try {
    return eventsOf(await (await ask(`${ROOT}/${encodeURIComponent(id)}/events?version=${version}`)).text());
  } catch (error) {
    const why = whyOf(error);
    if (why.type === NO_VERSION) return null;
    throw why;
  }
}

/** To catch what `events` raises: null where it is the recording that can't tell them, what else is known of the session stands without. */
export function untold(error: unknown): null {
  const why = whyOf(error);
  if (why.ofRecording) return null;
  throw why;
}

/** The file; one that is damaged is only given to who says that he knows. */
export function recordingAddress(id: string, damaged: boolean): string {
  return `${ROOT}/${encodeURIComponent(id)}/recording${damaged ? "?damaged=true" : ""}`;
}
