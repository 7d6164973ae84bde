/** What the replay page asks the service for (contract 6). */
import { browser } from "../../live/browser";
import { unanswered } from "../record/asking";
import { answered } from "./ahead";
import { type Columns, decode } from "./columns";
import type { Order, Parameter, Rerun, Version } from "./rerun";
import type { View } from "./view";

const ROOT = "/api/v1";

/** Columns between two times at about `points` stretches. Raises Unanswered, and AbortError where `signal` says so. */
async function columns(what: string, view: View | null, points: number, signal?: AbortSignal): Promise<Columns> {
  const range = view === null ? "" : `&from=${view.from_s}&to=${view.to_s}`;
  const init = signal === undefined ? {} : { signal };
  const answer = await answered(`${ROOT}/sessions/${what}?points=${points}${range}`, init);
  if (!answer.ok) throw await unanswered(answer);
  return decode(await answer.arrayBuffer());
}

export function signals(id: string, view: View | null, points: number, signal?: AbortSignal): Promise<Columns> {
  return columns(`${encodeURIComponent(id)}/signals`, view, points, signal);
}

/** What the live analysis had in mind (decision 0186); of a session that runs as far as it is stored. */
export function internals(id: string, view: View | null, points: number, signal?: AbortSignal): Promise<Columns> {
  return columns(`${encodeURIComponent(id)}/internals`, view, points, signal);
}

export async function parameters(): Promise<Parameter[]> {
  const answer = await browser.ask(`${ROOT}/parameters`);
  if (!answer.ok) throw await unanswered(answer);
  return (await answer.json()) as Parameter[];
}

/** The same as a session has them (decision 0206); this version's alone where they can't be had. */
export async function parametersOf(id: string): Promise<Parameter[]> {
  const answer = await browser.ask(`${ROOT}/sessions/${encodeURIComponent(id)}/parameters`);
  return answer.ok ? ((await answer.json()) as Parameter[]) : parameters();
}

/** The versions that are installed; none where they can't be asked for. */
export async function versions(): Promise<Version[]> {
  const answer = await fetch(`${ROOT}/versions`).catch(() => null);
  return answer?.ok === true ? ((await answer.json()) as Version[]) : [];
}

/** Why a rerun was refused: one line for each fault, by its place. */
export class Refused extends Error {
  readonly faults: readonly { pointer: string; detail: string }[];
  readonly status: number;
  constructor(detail: string, faults: readonly { pointer: string; detail: string }[], status: number) {
    super(detail);
    this.faults = faults;
    this.status = status;
  }
}

export async function rerun(id: string, order: Order): Promise<Rerun> {
  const answer = await browser.ask(`${ROOT}/sessions/${encodeURIComponent(id)}/rerun`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(order),
  });
  if (answer.ok) return (await answer.json()) as Rerun;
  throw await refusal(answer);
}

/** Of an answer that is none. */
export async function refusal(answer: Response): Promise<Refused> {
  const problem = (await answer.json().catch(() => ({}))) as {
    detail?: string;
    title?: string;
    errors?: { pointer: string; detail: string }[];
  };
  return new Refused(problem.detail ?? problem.title ?? String(answer.status), problem.errors ?? [], answer.status);
}
