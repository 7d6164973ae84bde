/** What was found, in a sentence with its numbers and units (detection 4-6). Pure. */
import { counted, known, named, number, t } from "../i18n/language";
import type { Finding } from "../live/findings";
import type { IconName } from "../ui/icons";
import type { Evidence, Failure, ReserveEstimated, SignalFaulted } from "../wire.gen";

export interface Note {
  tone: "attention" | "technical" | "plain";
  icon: IconName;
  /** What was found, and by what it was told: most telling first. */
  text: string;
  reasons: string[];
}

const MOST_REASONS = 3;

export function findingNote(finding: Finding): Note {
  return { ...signOf(finding), text: wordsOf(finding), reasons: reasonsOf(finding) };
}

function signOf(finding: Finding): Pick<Note, "tone" | "icon"> {
  switch (finding.kind) {
    case "failure":
    case "failure_likely":
      return { tone: "attention", icon: "failure" };
    case "abrupt_stop":
      return { tone: "attention", icon: "abrupt" };
    case "unsure":
      return { tone: "attention", icon: "unsure" };
    case "range_exceeded":
    case "speed_exceeded":
      return { tone: finding.level === "stop" ? "attention" : "plain", icon: "limit" };
    case "struggle":
      return { tone: "plain", icon: "failure" };
    default:
      return { tone: "plain", icon: "remark" };
  }
}

function wordsOf(finding: Finding): string {
  switch (finding.kind) {
    case "failure":
      return t("find.failure", { n: finding.repetition, angle: number(finding.angle_deg) });
    case "unable":
      return t(`find.unable.${finding.reason}`);
    case "range_exceeded":
      return t(`find.range.${finding.side}.${finding.level}`, { angle: number(finding.angle_deg) });
    case "speed_exceeded":
      return t(`find.speed.${finding.level}`, { speed: number(Math.abs(finding.speed_deg_s)) });
    default:
      return t(`find.${finding.kind}`, { n: finding.repetition });
  }
}

/** The measured reasons that say by themselves how it failed. */
const TELLING: Record<string, readonly string[]> = {
  stall: ["stall_s"],
  short_of_range: ["shortfall", "progress"],
  hold_lost: ["hold_s", "hold_sag"],
  torque_lost: ["torque_share"],
} satisfies Record<Failure["reason"], readonly string[]>;

function reasonsOf(finding: Finding): string[] {
  if (finding.kind === "struggle") return [...new Set(finding.reasons.map((name) => named("sign", name)))];
  if (finding.kind !== "failure") return [];
  const told = finding.evidence.some(({ name }) => TELLING[finding.reason]?.includes(name));
  return [...(told ? [] : [t(`failed.${finding.reason}`)]), ...finding.evidence.map(evidenceOf)].slice(0, MOST_REASONS);
}

/** Decimals of what is shown as it comes; shares are shown in per cent. */
const DECIMALS: Record<string, number> = {
  stall_s: 1,
  lag_s: 1,
  hold_s: 1,
  slowing: 1,
  extension_ratio: 1,
  tremor_ratio: 1,
  mean_torque_nm: 0,
  demand_nm: 0,
};

export function evidenceOf({ name, value, unit }: Evidence): string {
  if (name === "surges" || name === "reserve_high") return counted(`evidence.${name}`, Math.round(value));
  const key = `evidence.${name}`;
  if (!known(key)) return [name, number(value, Number.isInteger(value) ? 0 : 2), unit].filter(Boolean).join(" ");
  const decimals = DECIMALS[name];
  const shown = decimals === undefined ? number(unit === "%" ? value : 100 * value) : number(value, decimals);
  return t(key, { value: shown });
}

export function reserveNote({ repetitions_left, low, high }: ReserveEstimated): Note {
  const text = t("find.reserve", { n: number(repetitions_left), low: number(low), high: number(high) });
  return { tone: "plain", icon: "reserve", text, reasons: [] };
}

export function faultNote({ channel, fault }: SignalFaulted): Note {
  const text = t("find.fault", { channel: named("channel", channel), fault: named("fault", fault) });
  return { tone: "technical", icon: "stale", text, reasons: [] };
}
