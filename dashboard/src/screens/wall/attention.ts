/** Who needs somebody now, by need, then the longest waiting (robustness-and-screens 3.4; decisions 0142, 0215). */
import { browser } from "../../live/browser";
import type { Finding } from "../../live/findings";
import { LATE_MS } from "../../live/freshness";
import type { Machine } from "../../live/machine";
import type { IconName } from "../../ui/icons";

export type Need =
  | "pain"
  | "abrupt"
  | "screen"
  | "limit"
  | "conflict"
  | "outdated"
  | "signal"
  | "invalid"
  | "fault"
  | "paused"
  | "failure"
  | "likely"
  | "unsure"
  | "other"
  | "sore"
  | "rated"
  | "cadence"
  | "interrupted"
  | "unrecorded"
  | "full"
  | "waiting";

/** In the order in which somebody is needed; those of one line wait for each other. */
const RANKS: readonly (readonly Need[])[] = [
  ["pain"],
  ["abrupt"],
  ["screen"],
  ["failure", "likely", "unsure"],
  ["limit"],
  ["other", "sore", "rated"],
  ["cadence"],
  ["signal", "fault", "invalid", "conflict", "outdated"],
  ["paused", "interrupted"],
  ["unrecorded", "full"],
  ["waiting"],
];

export const SIGNS: Record<Need, IconName> = {
  pain: "pain",
  signal: "stale",
  invalid: "stale",
  abrupt: "abrupt",
  screen: "screen",
  limit: "limit",
  fault: "stale",
  failure: "failure",
  likely: "failure",
  unsure: "unsure",
  other: "unsure",
  sore: "said",
  rated: "said",
  cadence: "late",
  paused: "pause",
  interrupted: "pause",
  waiting: "waiting",
  conflict: "double",
  outdated: "stale",
  unrecorded: "store",
  full: "store",
};

export interface Call {
  machine: string;
  need: Need;
  /** Since when, on this page's clock. */
  since_ms: number;
  /** Somebody has said that it is seen: it stands, and pulses no more. */
  seen: boolean;
}

/** Somebody who sits ready for so long is worth a look. */
const PATIENCE_MS = 20_000;
/** The service repeats itself each second while invalid data comes; so long after the last word it is over. */
const INVALID_MS = 10_000;

export function isInvalid(invalid_ms: number | null, local_ms: number): boolean {
  return invalid_ms !== null && local_ms - invalid_ms < INVALID_MS;
}

/** What a machine needs at a time of this page; null when it needs nobody. */
export function needOf(machine: Machine, local_ms: number): Need | null {
  if (machine.pain) return "pain";
  const found = machine.session === null ? null : foundNeed(machine.findings.newest);
  if (found === "abrupt") return found;
  if (machine.screenAway) return "screen";
  if (found === "limit") return found;
  const { refusal } = machine.keep;
  if (refusal === "conflict" || refusal === "outdated") return refusal;
  const age_ms = machine.age(local_ms);
  // Before its first sample arrives here, the service's word counts.
  const unheard = age_ms === null && (machine.said === "stale" || machine.said === "lost");
  const silent = machine.offline || unheard || (age_ms !== null && age_ms > LATE_MS);
  if (silent) return machine.session === null && machine.set === null ? null : "signal";
  if (isInvalid(machine.invalid_ms, local_ms)) return "invalid";
  const angle_age_ms = machine.angleAge(local_ms);
  if (age_ms !== null && (angle_age_ms === null || angle_age_ms > LATE_MS)) return "signal";
  if (machine.untrusted !== null) return "fault";
  if (machine.paused) return "paused";
  if (found !== null) return found;
  const { asked } = machine.answers;
  if (asked !== null) return asked;
  if (machine.set !== null && machine.plan !== null && !machine.cue.running) return "interrupted";
  if (machine.set !== null && machine.cadence.lost) return "cadence";
  if (machine.keep.unrecorded) return "unrecorded";
  if (refusal === "full") return "full";
  if (machine.set !== null) return null;
  if (age_ms !== null && machine.plan !== null && !machine.cue.running && machine.ended === null) return "waiting";
  return null;
}

/** Who should be looked at for what was found. */
function foundNeed(finding: Finding | null): Need | null {
  switch (finding?.kind) {
    case "abrupt_stop":
      return "abrupt";
    case "range_exceeded":
    case "speed_exceeded":
      return finding.level === "stop" ? "limit" : null;
    case "failure":
      return "failure";
    case "failure_likely":
      return "likely";
    case "unsure":
      return "unsure";
    default:
      return null;
  }
}

/** A need that another one has hidden for so long is still the same one: a late signal is soon live again. */
const HIDDEN_MS = 10_000;
/** Nothing hides these: where one is told anew, it has happened anew. */
const NEVER_HIDDEN: readonly Need[] = ["pain", "abrupt", "limit"];

/** Remembers since when each machine needs what and what of it was seen, and puts them in order. */
export class Attention {
  private readonly since = new Map<string, Call>();
  /** What is hidden by another need now, and since when. */
  private readonly hidden = new Map<string, { call: Call; local_ms: number }>();

  /** Seen, until the need is gone or is another one that does not merely hide it. */
  acknowledge(machine: string, need: string): void {
    const hidden = this.hidden.get(machine);
    if (hidden?.call.need === need) this.hidden.set(machine, { ...hidden, call: { ...hidden.call, seen: true } });
    const call = this.since.get(machine);
    if (call?.need === need) this.since.set(machine, { ...call, seen: true });
  }

  update(machines: readonly Machine[], local_ms: number): Call[] {
    for (const machine of machines) {
      const need = needOf(machine, local_ms);
      const call = this.since.get(machine.name);
      if (call?.need === need) continue;
      const before = this.hidden.get(machine.name);
      this.hidden.delete(machine.name);
      if (call !== undefined && need !== null && !NEVER_HIDDEN.includes(call.need)) {
        this.hidden.set(machine.name, { call, local_ms });
      }
      if (need === null) this.since.delete(machine.name);
      else if (before?.call.need === need && local_ms - before.local_ms < HIDDEN_MS) {
        this.since.set(machine.name, before.call);
        this.hidden.delete(machine.name);
      } else this.since.set(machine.name, { machine: machine.name, need, since_ms: local_ms, seen: false });
    }
    const unheard = new Set(machines.filter(({ answers: { asked } }) => asked === "rated").map(({ name }) => name));
    return [...this.since.values()]
      .map((call) => (call.need === "pain" && unheard.has(call.machine) ? { ...call, seen: false } : call))
      .filter((call) => call.need !== "waiting" || local_ms - call.since_ms >= PATIENCE_MS)
      .sort((a, b) => rank(a) - rank(b) || a.since_ms - b.since_ms);
  }
}

function rank(call: Call): number {
  return RANKS.findIndex((needs) => needs.includes(call.need));
}

/** Tells every other screen that it is seen, with what the patient had said; one that can't be told pulses on, which is no harm. */
export function acknowledge({ name, answers }: Machine, need: Need): void {
  const told = answers.see(need);
  const body = JSON.stringify(told === null ? { need } : { need, told });
  const headers = { "content-type": "application/json" };
  void browser.ask(`/api/v1/machines/${name}/seen`, { method: "POST", headers, body, keepalive: true }).catch(() => {});
}
