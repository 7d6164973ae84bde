/** What the service would answer about recorded sessions. */
import type { ScreensOf } from "../screens/pairing/offer";
import type { SessionRecord } from "../screens/record/record";
import type { Label, Said } from "../screens/set/labels";
import type { AnyEvent } from "../wire.gen";
import type { Recording } from "./recording";
import type { Answer } from "./world";

/** What is answered in place of what was asked for: a problem, a connection that is refused, or nothing as long as the page stands. */
export type Refusal = { status: number; type?: string; [field: string]: unknown } | "unreached" | "silence";

/** What a state wants answered otherwise: by the end of a path. */
export type Refusals = Record<string, Refusal>;

export interface Known {
  /** Newest first. */
  sessions: readonly Recording[];
  labels: readonly Label[];
  refusals: Refusals;
  /** What stands otherwise in the newest session's record. */
  record: Partial<SessionRecord>;
  /** The browsers that are a machine's screen, and how long its open code still counts: one answer after the other, the last one stands. */
  screens: readonly ScreensOf[];
}

const DAY_MS = 86_400_000;
const STARTED_MS = Date.UTC(2026, 0, 15, 9, 28);
const DEVICE = {
  software: "ilex-edge 0.1.0",
  sample_rate_hz: 100,
  calibration: { curve: "0198c3f2aa77", tare: { torque_nm: 1.2 } },
  calibrated_utc: "2026-01-12T07:02:00Z",
  calibration_expired: false,
};

/** Of whatever is said in the guide: the moment that its clock shows. */
const SAID = { made_utc: "2026-01-15T09:30:00Z", by: "therapist" } as const;

const EARLIER = [12, 13, 11].map((repetitions) => ({ load_nm: 90, repetitions, cycle_s: 10 }));
const CODE = "K7M3PX";
const CODE_S = 300;

export function answering({ sessions, labels, refusals, record, screens }: Known): Answer {
  let looks = 0;
  /** Of the newest session. What is said stands from then on, as with the service. */
  let said = [...labels];
  return (path, init) => {
    const method = init?.method ?? "GET";
    const [place = "", query = ""] = path.split("?");
    const refusal = Object.entries(refusals).find(([end]) => place.endsWith(end))?.[1];
    if (refusal !== undefined) return refused(refusal);
    const [, id, what] = /^\/api\/v1\/sessions\/([^/]+)(\/.*)?$/.exec(place) ?? [];
    if (id !== undefined) {
      const at = sessions.findIndex(({ session }) => session === id);
      const found = sessions[at];
      if (found === undefined) return json({}, 404);
      if (what === undefined)
        return json({ ...recordOf(found, at, at === 0 ? said : []), ...(at === 0 ? record : {}) });
      if (what === "/events") return answer(found.events.map((event) => JSON.stringify(event)).join("\n"));
      if (what === "/signals") return answer(signals(found, new URLSearchParams(query)));
      if (method === "POST") said = [...said, { ...(JSON.parse(String(init?.body)) as Said), ...SAID }];
      if (method === "DELETE") said = said.filter((label) => !place.endsWith(`/${label.id}`));
      return json(said);
    }
    if (place === "/api/v1/sessions")
      return json({
        items: sessions.map((each, n) => ({ ...recordOf(each, n, []), ...(n === 0 ? record : {}) })),
        next: null,
      });
    if (place.endsWith("/last-time")) return json({ count: 11, seen_utc: "2026-01-08T09:28:00Z" });
    if (place.endsWith("/earlier-sets")) return json({ sets: EARLIER });
    if (place.endsWith("/screens")) return json(screens[Math.min(looks++, screens.length - 1)]);
    if (place.endsWith("/code")) {
      const [machine] = /[^/]+\/[^/]+(?=\/code$)/.exec(place) ?? [];
      return json({ machine, code: CODE, lasts_s: CODE_S });
    }
    if (method === "GET") return json(place === "/api/v1/machines" ? [] : { device: DEVICE });
    return json({});
  };
}

function json(value: unknown, status = 200): Response {
  return answer(JSON.stringify(value), status);
}

function refused(refusal: Refusal): Response | Promise<Response> {
  if (refusal === "silence") return new Promise(() => undefined);
  if (refusal === "unreached") return Promise.reject(new TypeError("unreached"));
  const { status, ...problem } = refusal;
  return json(problem, status);
}

/** All of it is there at once: nothing is read from a stream, which on a busy computer takes its time. */
function answer(body: string | ArrayBuffer, status = 200): Response {
  const text = () => (typeof body === "string" ? body : new TextDecoder().decode(body));
  const bytes = () => (typeof body === "string" ? (new TextEncoder().encode(body).buffer as ArrayBuffer) : body);
  return Object.assign(new Response(null, { status }), {
    text: async () => text(),
    json: async () => JSON.parse(text()),
    arrayBuffer: async () => bytes(),
  });
}

/** A week lies between two sessions. */
function recordOf(recording: Recording, weeks: number, labels: readonly Label[]): SessionRecord {
  const { events, session, machine, plan } = recording;
  const began = events.find((event) => event.kind === "set_started");
  const last_s = events.at(-1)?.known_s ?? recording.length_s;
  const samples = Math.round(100 * Math.max(last_s + 4, recording.length_s));
  const started_ms = STARTED_MS - 7 * weeks * DAY_MS;
  return {
    session: session ?? "",
    machine,
    started_utc: new Date(started_ms).toISOString(),
    ended_utc: new Date(started_ms + samples * 10).toISOString(),
    plan,
    sets: events
      .filter((event) => event.kind === "set_ended")
      .map(({ set, reason, full, short, partial, attempt, at_s, duration_s }) => ({
        set: set ?? 1,
        reason,
        full,
        short,
        partial,
        attempt,
        started_s: began?.at_s ?? null,
        at_s,
        duration_s,
      })),
    completeness: { expected: samples, stored: samples, missing: 0, refused: 0 },
    final: true,
    flags: events.some((event: AnyEvent) => event.kind === "failure") ? ["failure"] : [],
    coverage: [{ kind: "live", from_s: 0, to_s: samples / 100 }],
    notes: [],
    difference: { only_live: [], only_final: [] },
    labels: [...labels],
  };
}

const MAGIC = "ILEXCOL1";

/** The samples of a stretch as the service sends them (decision 0152). */
function signals(recording: Recording, query: URLSearchParams): ArrayBuffer {
  const to_s = Number(query.get("to") ?? recording.length_s);
  const { t_s, angle_deg, torque_nm } = recording.columns(Number(query.get("from") ?? 0), to_s);
  const nothing = t_s.map(() => Number.NaN);
  const columns = { t_s, angle_deg, torque_nm, speed_deg_s: nothing, cue_deg: nothing };
  const header = new TextEncoder().encode(
    JSON.stringify({
      from_s: t_s[0] ?? 0,
      to_s,
      width_s: 0,
      period_s: 0.02,
      length_s: recording.length_s,
      open: false,
      columns: Object.keys(columns).map((name) => ({ name, type: "f8", rows: t_s.length })),
    }).padEnd(1024),
  );
  const head = MAGIC.length + 8 + header.length;
  const bytes = new ArrayBuffer(head + 8 * t_s.length * Object.keys(columns).length);
  new Uint8Array(bytes).set(new TextEncoder().encode(MAGIC));
  new DataView(bytes).setUint32(MAGIC.length, header.length, true);
  new Uint8Array(bytes).set(header, MAGIC.length + 8);
  Object.values(columns).forEach((column, n) => {
    new Float64Array(bytes, head + 8 * n * t_s.length, t_s.length).set(column);
  });
  return bytes;
}
