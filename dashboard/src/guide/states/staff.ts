/** The machine's page, and what is opened on a desk. */
import type { RecordNote, SessionRecord } from "../../screens/record/record";
import type { Label } from "../../screens/set/labels";
import { checkedIn, DEEP_S, ended, exercising, idle, keeping, type Role, rated, type State, silent } from "./state";

const MADE = { made_utc: "2026-01-15T09:31:00Z", by: "therapist", set: 1 } as const;
const SAID: readonly Label[] = [
  { ...MADE, id: "1", kind: "rating", scale: "pain", value: 2 },
  { ...MADE, id: "2", kind: "rating", scale: "effort", value: 9 },
  { ...MADE, id: "3", kind: "note", repetition: 4, text: "Gurt nachgezogen" },
  { ...MADE, id: "4", kind: "void", repetition: 2 },
];

const PAIRED = [
  {
    screens: [
      { id: "1", paired_utc: "2026-01-12T07:05:00Z", watching: true },
      { id: "2", paired_utc: "2025-11-03T15:40:00Z", watching: false },
    ],
    code_left_s: 299,
  },
];

function machine(name: string, role: Role, more: Partial<State> = {}): State {
  return { name: `machine/${name}`, page: "machine", roles: [role], lead_s: DEEP_S, ...more };
}

export const MACHINE: readonly State[] = [
  machine("waiting", { of: "tires", at: () => 4 }, { lead_s: 4 }),
  machine("running", { of: "tires", at: (moments) => moments.cue(5, 2.8) }),
  machine("likely", { of: "tires", at: (moments) => moments.event("failure_likely") + 0.3 }),
  machine("hurried", { of: "hurried", at: (moments) => moments.cue(5, 2.8) }, { presses: ["[data-repetition='3']"] }),
  machine("paused", { of: "paused", at: (moments) => moments.event("paused") + 8 }),
  machine("pain", { of: "pain", at: (moments) => moments.event("button_pressed") + 3, befalls: [rated()] }),
  machine("sore", { of: "tires", at: () => 4, befalls: [checkedIn({ pain: 7 })] }, { lead_s: 4 }),
  machine("lost", { ...exercising, befalls: [silent(4)] }),
  machine("full", {
    ...idle,
    at: () => 14,
    befalls: [keeping({ recording: null, spool_share: 0.96, spool_refuses: true })],
  }),
  machine(
    "note",
    { of: "tires", at: (moments) => moments.cue(5, 2.8) },
    { presses: [".marks .buttons button:nth-child(3)"] },
  ),
  machine("plan", { ...idle, at: () => 4 }, { presses: [".plan button"] }),
  machine("start", { of: "tires", at: () => 4 }, { lead_s: 4, presses: ["[data-verb='start']"] }),
  machine("plan-wrong", { ...idle, at: () => 4 }, { presses: [".plan button", "form button[type=submit]"] }),
  machine("summary", ended),
  machine("judged", ended, { labels: SAID, presses: [".verdict button", "[data-repetition='4']"] }),
  machine("abrupt", { of: "pain", at: (moments) => moments.event("abrupt_stop") + 0.1 }),
  machine("screens", { ...idle, at: () => 4 }, { lead_s: 3, screens: PAIRED, presses: [".screens li button"] }),
  machine("code", { ...idle, at: () => 4 }, { lead_s: 3, screens: PAIRED, presses: [".screens > button"] }),
  machine("unknown", exercising, { machine: "demo/nobody", lead_s: 1 }),
];

const UTC = { noted_utc: "2026-01-15T09:29:11Z" };
/** A record that has everything a record may have. */
const WORN: Partial<SessionRecord> = {
  completeness: { expected: 12_000, stored: 11_460, missing: 540, refused: 12 },
  flags: ["gap", "fault", "failure", "label_differs"],
  coverage: [
    { kind: "live", from_s: 0, to_s: 41 },
    { kind: "backfilled", from_s: 41, to_s: 49.2 },
    { kind: "live", from_s: 49.2, to_s: 80 },
    { kind: "gap", from_s: 80, to_s: 85.4 },
    { kind: "live", from_s: 85.4, to_s: 120 },
  ],
  notes: [
    { kind: "checked_in", ...UTC, who: "self", pain: 3, ready: true, skipped: false } as RecordNote,
    { kind: "pain_told", ...UTC, press: "p", pain: 6, where: ["back", "leg"], quality: "dull" } as RecordNote,
    { kind: "restart", ...UTC },
    { kind: "gap", ...UTC, first: 8000, last: 8539 },
  ],
  difference: {
    only_live: [{ kind: "failure_likely", at_s: 77.1, set: 1, repetition: 6 }],
    only_final: [{ kind: "failure", at_s: 78.4, set: 1, repetition: 7 }],
  },
};

const DAMAGED: Partial<SessionRecord> = {
  damage: { from_s: 12.3, reason: "checksum" },
  final: false,
  coverage: [],
};

export const DESK: readonly State[] = [
  { name: "desk/summary", page: "session", roles: [ended], labels: SAID, lead_s: 1 },
  { name: "desk/worn", page: "session", roles: [ended], record: WORN, lead_s: 1 },
  { name: "desk/damaged", page: "session", roles: [ended], record: DAMAGED, lead_s: 1 },
  { name: "desk/sessions", page: "sessions", roles: [ended], record: WORN, lead_s: 1 },
  {
    name: "desk/chosen",
    page: "sessions",
    roles: [ended],
    lead_s: 1,
    presses: ["tbody tr:nth-child(1) input", "tbody tr:nth-child(3) input"],
  },
  { name: "desk/none", page: "session", roles: [], lead_s: 1 },
];
