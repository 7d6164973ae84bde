/** Tells the service what was pressed (contract 6), again and again with the same id until it has heard. */
import { backoffMs } from "../../live/backoff";

export type Verb = "pause" | "resume" | "stop";
/** `told`: done; `refused`: heard and not done; `unreached`: no answer yet, it goes on trying. */
export type Outcome = "told" | "refused" | "forbidden" | "unreached";

const PATIENCE_MS = 2000;

/** A version 4 UUID; also where `crypto.randomUUID` is missing, on plain HTTP. */
export function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

async function attempt(url: string, body: string): Promise<Outcome> {
  try {
    const headers = { "content-type": "application/json" };
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(url, { method: "POST", headers, body, signal });
    if (answer.ok) return "told";
    if (answer.status === 401 || answer.status === 403) return "forbidden";
    return answer.status >= 500 ? "unreached" : "refused";
  } catch {
    return "unreached";
  }
}

/** Asks once. */
export function act(machine: string, verb: Verb): Promise<Outcome> {
  return attempt(`/api/v1/machines/${machine}/${verb}`, JSON.stringify({ id: uuid() }));
}

/** Reports pain until the service has answered; `progress` hears every outcome. The answer gives up. */
export function reportPain(machine: string, progress: (outcome: Outcome) => void): () => void {
  const url = `/api/v1/machines/${machine}/stop`;
  const body = JSON.stringify({ id: uuid(), reason: "pain" });
  let over = false;
  const tell = async () => {
    for (let n = 0; !over; n++) {
      const outcome = await attempt(url, body);
      if (over) return;
      progress(outcome);
      if (outcome === "told") return;
      await new Promise((resolve) => setTimeout(resolve, backoffMs(n, Math.random())));
    }
  };
  void tell();
  return () => {
    over = true;
  };
}
