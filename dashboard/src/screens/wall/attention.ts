/** Who needs somebody now: pain first, then who was stopped, then the longest waiting (robustness-and-screens 3.4). Pure. */
import type { Finding } from "../../live/findings";
import { LATE_MS } from "../../live/freshness";
import type { Machine } from "../../live/machine";

export type Need =
  | "pain"
  | "abrupt"
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
  | "interrupted"
  | "unrecorded"
  | "full"
  | "waiting";

/** These come before all others, in this order. */
const FIRST: readonly Need[] = ["pain", "abrupt", "limit"];

export interface Call {
  machine: string;
  need: Need;
  /** Since when, on this page's clock. */
  since_ms: number;
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
  if (found === "abrupt" || found === "limit") return found;
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
  if (machine.set !== null && machine.plan !== null && !machine.cue.running) return "interrupted";
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

/** Remembers since when each machine needs what, and puts them in order. */
export class Attention {
  private readonly since = new Map<string, Call>();

  update(machines: readonly Machine[], local_ms: number): Call[] {
    for (const machine of machines) {
      const need = needOf(machine, local_ms);
      const call = this.since.get(machine.name);
      if (need === null) this.since.delete(machine.name);
      else if (call?.need !== need) this.since.set(machine.name, { machine: machine.name, need, since_ms: local_ms });
    }
    return [...this.since.values()]
      .filter((call) => call.need !== "waiting" || local_ms - call.since_ms >= PATIENCE_MS)
      .sort((a, b) => rank(a) - rank(b) || a.since_ms - b.since_ms);
  }
}

function rank(call: Call): number {
  const first = FIRST.indexOf(call.need);
  return first < 0 ? FIRST.length : first;
}
