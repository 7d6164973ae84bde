/** The patient's screen, and a browser on its way to become one. */
import { DEEP_S, exercising, failed, idle, keeping, offline, type Role, type State, silent, waiting } from "./state";

function patient(name: string, role: Role, more: Partial<State> = {}): State {
  return { name: `patient/${name}`, page: "patient", roles: [role], lead_s: DEEP_S, ...more };
}

/** A set that is over after four repetitions, for a reason of its own. */
function endedBy(reason: "stopped" | "signal_lost"): Role {
  const counts = { full: 4, short: 0, partial: 0, attempt: 0, duration_s: 41 };
  return {
    of: "steady",
    at: (moments) => moments.event("set_ended") + 3,
    befalls: [{ ago_s: 1, happens: { kind: "set_ended", reason, ...counts } }],
  };
}

const HURTS = [
  ".pain .scale label:nth-child(8) input",
  ".pain .place label:nth-child(1) input",
  ".pain .place label:nth-child(3) input",
  ".pain .quality label:nth-child(1) input",
];

export const PATIENT: readonly State[] = [
  patient("connecting", exercising, { cut_s: Number.POSITIVE_INFINITY, lead_s: 0.5 }),
  patient("idle", idle, { lead_s: 3 }),
  patient("unreleased", { ...idle, befalls: [keeping({ recording: null, conflict: "0198" })] }, { lead_s: 4 }),
  patient("checkin", waiting, { lead_s: 3 }),
  patient("checkin-unnamed", { ...waiting, label: null }, { lead_s: 3 }),
  patient("checkin-other", waiting, { lead_s: 3, presses: [".who label:nth-child(2) input"] }),
  patient("checkin-sore", waiting, {
    lead_s: 3,
    presses: [".who label:nth-child(1) input", ".scale label:nth-child(8) input"],
  }),
  patient("checkin-untold", waiting, {
    lead_s: 3,
    presses: [".scale label:nth-child(3) input"],
    refusals: { "/check-in": "unreached" },
  }),
  patient("positioning", waiting, { search: "?checkin=off", lead_s: 4 }),
  patient("return", { of: "steady", at: (moments) => moments.cue(5, 2.4) }, { lead_s: 3 }),
  patient("countdown", { of: "steady", at: (moments) => moments.cue(1, -1.4) }),
  // A cycle before it is shown in motion.
  patient("extension", exercising, { lead_s: DEEP_S + 10 }),
  patient("hold", { of: "steady", at: (moments) => moments.cue(5, 4.9) }),
  patient("flexion", { of: "steady", at: (moments) => moments.cue(5, 7.4) }),
  patient("turn", { of: "steady", at: (moments) => moments.cue(5, 9.5) }),
  patient("hurried", { of: "hurried", at: (moments) => moments.event("cadence_deviated", 4) + 1 }),
  patient("uncounted", {
    ...exercising,
    befalls: [{ ago_s: 1.5, happens: { kind: "repetition_completed", repetition: 4, extent: "attempt", flags: [] } }],
  }),
  patient("last", {
    of: "tires",
    at: (moments) => moments.cue(6, 1.6),
    befalls: [
      { ago_s: 2, happens: { kind: "reserve_estimated", repetition: 5, repetitions_left: 1.4, low: 0, high: 3 } },
    ],
  }),
  patient("free", { of: "free", at: (moments) => moments.event("phase_entered", 14) + 1 }),
  patient(
    "stall",
    { of: "steady", at: (moments) => moments.cue(5, 4.7), befalls: [{ ago_s: 2.6, stands: true }] },
    { lead_s: 24 },
  ),
  patient("release", failed),
  patient("halt", { of: "pain", at: (moments) => moments.event("abrupt_stop") + 0.1 }),
  patient("paused", { of: "paused", at: (moments) => moments.event("paused") + 6 }),
  patient(
    "paused-paired",
    { of: "paused", at: (moments) => moments.event("paused") + 6 },
    { here: { machine: "demo/paused", paired: true } },
  ),
  patient("interrupted", { of: "breaks", at: (moments) => moments.event("signal_restored", 2) + 1.4 }),
  patient("sensor", { of: "breaks", at: (moments) => moments.event("signal_faulted") + 1 }),
  patient("slow", { ...exercising, age_ms: 200 }),
  patient("unrecorded", { ...exercising, befalls: [keeping({ recording: false, code: "disk_full" })] }),
  patient("frozen", { ...exercising, befalls: [silent(1.2)] }),
  patient("lost", { ...exercising, befalls: [silent(7)] }),
  patient("offline", { ...idle, at: () => 8, befalls: [silent(6), offline] }),
  patient("silent", { ...idle, at: () => 8, befalls: [silent(1.2)] }),
  patient("restarting", { ...exercising, befalls: [silent(6), offline] }),
  patient("pain", { of: "pain", at: (moments) => moments.event("button_pressed") + 2 }),
  patient("untold", exercising, { presses: ["button.stop"], refusals: { "/stop": { status: 503 } } }),
  patient("answered", exercising, { presses: ["button.stop", ...HURTS] }),
  patient("unanswered", exercising, { presses: ["button.stop", ...HURTS], refusals: { "/pain": "unreached" } }),
  patient("rest", { of: "steady", at: (moments) => moments.event("set_ended") + 4 }, { search: "?rest=90" }),
  patient("done", { of: "steady", at: (moments) => moments.event("set_ended") + 2 }),
  patient("ended", endedBy("stopped")),
  patient("broken", endedBy("signal_lost")),
  patient("gauge", { of: "steady", at: (moments) => moments.cue(5, 5.2) }, { search: "?motion=gauge" }),
  patient("band", exercising, { search: "?feedback=band" }),
  patient("after", exercising, { search: "?feedback=after" }),
  patient("options", exercising, { presses: [".options summary"] }),
  patient("unknown", exercising, { machine: "demo/nobody", lead_s: 1 }),
  patient("shielded", exercising, { shielded: true }),
  { name: "patient/safe", page: "safe", roles: [] },
];

function pairing(name: string, more: Partial<State> = {}): State {
  return { name: `pairing/${name}`, page: "pairing", roles: [], machine: "demo/steady", ...more };
}

/** Presses a code's keys, by their places: the letters are those of `pairing/code.ts`. */
const keys = (...places: number[]) => places.map((place) => `.keypad button:nth-child(${place})`);
const WHOLE = keys(6, 14, 2, 15, 3, 21);
const refusing = (status: number, type: string, more: object = {}) => ({
  presses: WHOLE,
  refusals: { "/screen": { status, type: `/problems/${type}`, ...more } },
});

export const PAIRING: readonly State[] = [
  pairing("new"),
  pairing("any", { machine: null }),
  pairing("typing", { presses: WHOLE.slice(0, 4) }),
  pairing("asking", { presses: WHOLE, refusals: { "/screen": "silence" } }),
  pairing("unknown", refusing(404, "unknown-code")),
  pairing("another", refusing(409, "code-of-another-machine", { machine: "demo/tires" })),
  pairing("wait", refusing(429, "too-many-tries", { wait_s: 28 })),
  pairing("failed", refusing(500, "internal")),
  pairing("unreached", { presses: WHOLE, refusals: { "/screen": "unreached" } }),
  pairing("staff", { machine: null, here: { machine: null, paired: false } }),
  pairing("elsewhere", { here: { machine: "demo/tires", paired: true } }),
];
