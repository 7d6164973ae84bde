/** The therapists' wall. */
import type { ScreensOf } from "../../screens/pairing/offer";
import type { Keeping } from "../../wire.gen";
import {
  checkedIn,
  cutOff,
  exercising,
  failed,
  idle,
  invalid,
  keeping,
  offline,
  type Role,
  rated,
  type State,
  silent,
  waiting,
} from "./state";

const CREW: readonly Role[] = [
  { of: "steady", at: (moments) => moments.cue(5, 4.9), machine: "clinic/a1" },
  { of: "pain", at: (moments) => moments.event("button_pressed") + 9, machine: "clinic/a2", befalls: [rated()] },
  { of: "hurried", at: (moments) => moments.event("cadence_deviated", 6) + 4, machine: "clinic/a3" },
  { of: "tires", at: (moments) => moments.event("failure") + 3, machine: "clinic/a4" },
  { ...idle, machine: "clinic/a5" },
  { of: "tires", at: (moments) => moments.event("failure_likely") + 0.3, machine: "clinic/b1", label: "Rot 4" },
  { of: "breaks", at: (moments) => moments.event("signal_faulted") + 1.2, machine: "clinic/b2" },
  { of: "paused", at: (moments) => moments.event("paused") + 8, machine: "clinic/b3" },
  { ...waiting, machine: "clinic/b4", label: "Blau 1", befalls: [checkedIn({ pain: 7 })] },
  { of: "steady", at: (moments) => moments.event("set_ended") + 3, machine: "clinic/b5", label: "Blau 11" },
  { of: "beyond", at: (moments) => moments.event("range_exceeded", 2) + 0.6, machine: "clinic/c1" },
  { ...exercising, machine: "clinic/c2", label: "Grau 8", befalls: [silent(4)] },
  { of: "steady", at: (moments) => moments.cue(7, 7.1), machine: "clinic/c3", label: "Türkis 2", befalls: [cutOff] },
  { ...idle, machine: "clinic/c4", at: () => 8, befalls: [silent(6), offline] },
  { of: "free", at: (moments) => moments.event("phase_entered", 9) + 0.5, machine: "clinic/c5" },
];

const KEPT: readonly Partial<Keeping>[] = [
  { backlog: 6000, backlog_s: 60, eta_s: 4.2 },
  { backlog: 1_000_000, backlog_s: 28_800 },
  { spool_share: 0.861 },
  { spool_share: 0.96, spool_refuses: true },
  { recording: false, code: "disk_full" },
  { recording: false, code: "disk_failed" },
  { recording: null, conflict: "0197" },
  { recording: null, outdated: "2" },
  { restarted_utc: "2026-01-15T09:29:56Z" },
];

function wall(name: string, roles: readonly Role[], more: Partial<State> = {}): State {
  return { name: `wall/${name}`, page: "wall", roles, lead_s: 12, ...more };
}

const OPEN = ".pair";
const ASK = ".offer .ask";

/** A code for a screen: what the service says of the machine's screens from one look to the next. */
function offer(name: string, presses: readonly string[], more: Partial<State> = {}): State {
  return wall(`offer-${name}`, [exercising, { ...idle, machine: "demo/other" }], {
    presses,
    screens: [{ screens: [], code_left_s: 299 }],
    ...more,
  });
}

const NONE: ScreensOf = { screens: [], code_left_s: null };
const SCREEN = { id: "1", paired_utc: "2026-01-15T09:30:00Z", watching: true };

const many = (count: number): Role[] =>
  Array.from({ length: count }, (_, n) => ({
    ...(CREW[[0, 2, 12, 8, 4, 9][n % 6] ?? 0] as Role),
    machine: `clinic/${String.fromCharCode(97 + Math.floor(n / 6))}${(n % 6) + 1}`,
  }));

export const WALL: readonly State[] = [
  wall("demo", [
    { of: "hurried", at: (moments) => moments.event("cadence_deviated", 2) + 1 },
    exercising,
    { of: "tires", at: (moments) => moments.cue(4, 3.1) },
  ]),
  wall(
    "interrupted",
    ["hurried", "steady", "tires"].map((name) => ({
      of: "breaks",
      at: (moments) => moments.event("signal_restored", 2) + 1.4,
      machine: `demo/${name}`,
    })),
  ),
  wall("needs", CREW),
  wall("one", [exercising]),
  wall("many", many(24)),
  wall("sites", [
    { ...exercising, machine: "north/a1" },
    { of: "tires", at: (moments) => moments.cue(3, 6.5), machine: "south/machine-with-a-long-name" },
  ]),
  wall(
    "findings",
    Array.from({ length: 15 }, (_, n) => ({
      ...failed,
      machine: `clinic/machine-${n + 1}`,
      befalls: [{ ago_s: 0.3, happens: { kind: "signal_faulted", channel: "torque", fault: "swapped" } }],
      ...(n % 2 === 1 ? { age_ms: 450 } : {}),
    })),
  ),
  wall(
    "kept",
    KEPT.map((fields, n) => ({
      ...(n % 2 === 1 ? failed : exercising),
      machine: `clinic/a${n + 1}`,
      befalls: [keeping(fields)],
    })),
  ),
  wall(
    "kept-many",
    Array.from({ length: 15 }, (_, n) => ({
      ...(n % 2 === 1 ? failed : exercising),
      machine: `clinic/machine-${n + 1}`,
      befalls: [keeping(KEPT[n % KEPT.length] ?? {})],
    })),
  ),
  wall("invalid", [
    { ...exercising, befalls: [invalid] },
    { ...idle, machine: "demo/other" },
  ]),
  wall("database", [{ ...exercising, befalls: [keeping({ database: false })] }]),
  wall("empty", [], { lead_s: 3 }),
  wall("cut", [exercising, { ...idle, machine: "demo/other" }], { cut_s: 3 }),
  wall("shielded", [exercising], { shielded: true }),
  wall("answers", [
    { ...waiting, machine: "clinic/a1", befalls: [checkedIn({ who: "other", pain: null, ready: false })] },
    { ...waiting, machine: "clinic/a2", label: "Blau 1", befalls: [checkedIn({ pain: 7 })] },
    { ...waiting, machine: "clinic/a3", label: "Rot 4", befalls: [checkedIn({})] },
    { of: "pain", at: (moments) => moments.event("button_pressed") + 9, machine: "clinic/a4", befalls: [rated()] },
    { ...waiting, machine: "clinic/a5", label: null, befalls: [checkedIn({ who: null, pain: null, skipped: true })] },
    { ...exercising, machine: "clinic/a6", befalls: [rated({ pain: 6, where: ["back", "buttock"], quality: "dull" })] },
  ]),
  offer("hint", [OPEN]),
  offer("code", [OPEN, ASK]),
  offer("paired", [OPEN, ASK], { screens: [NONE, { screens: [SCREEN], code_left_s: null }] }),
  offer("over", [OPEN, ASK], { screens: [NONE] }),
  offer("refused", [OPEN, ASK], { refusals: { "/code": { status: 403, type: "/problems/not-allowed" } } }),
];
