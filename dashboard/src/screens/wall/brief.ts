/** The one line of a small tile that says more than its word: what a roomy tile says in sentences (decision 0215). Pure. */
import { named, number, span, t } from "../../i18n/language";
import type { Finding } from "../../live/findings";
import type { Kept } from "../../live/keeping";
import type { Machine } from "../../live/machine";
import type { PainRating, SignalFaulted } from "../../wire.gen";
import { findingNote, type Note, reserveNote } from "../../words/finding";
import type { Need } from "./attention";

export interface Brief {
  tone: Note["tone"];
  text: string;
}

/** What matters most of what `called` does not say already; null where there is nothing. `stale`: nothing is of now. */
export function briefOf(machine: Machine, called: Need | null, stale: boolean, local_ms: number): Brief | null {
  const { newest, reserve } = machine.findings;
  const { untrusted } = machine;
  const kept = machine.keep.most(local_ms);
  const said: (Brief | null)[] = [
    answerBrief(machine),
    kept === null || kept.kind === called ? null : needBrief(kept),
    untrusted && faultBrief(untrusted.channel),
    newest && findingBrief(newest, called),
    kept && keptBrief(kept),
    ...[...machine.faults.values()].filter(({ fault }) => fault !== "gap").map(({ channel }) => faultBrief(channel)),
    reserve === null || stale || machine.set === null ? null : brief("plain", reserveNote(reserve).text),
    kept && storeBrief(kept),
  ];
  return said.find((each) => each !== null) ?? null;
}

function brief(tone: Brief["tone"], text: string): Brief | null {
  return text === "" ? null : { tone, text };
}

function answerBrief(machine: Machine): Brief | null {
  const { answers, ended, session, set } = machine;
  const { pain, checkIn, asked } = answers;
  if (pain !== null && (machine.pain || !answers.isSeen(pain))) {
    return brief(answers.isSeen(pain) ? "plain" : "attention", placeOf(pain));
  }
  const waits = set === null && ended === null && session !== null;
  if (checkIn === null || !(waits || asked === "other" || asked === "sore")) return null;
  const hurts = checkIn.pain === null ? "" : t("brief.pain", { n: number(checkIn.pain) });
  if (asked === "other" || asked === "sore") return brief("attention", hurts);
  return brief("plain", hurts || (checkIn.ready ? t("told.ready") : checkIn.skipped ? t("brief.skipped") : ""));
}

/** Where it hurts, and how where there is room. */
function placeOf({ where, quality }: PainRating): string {
  const how = quality === null || where.length > 1 ? [] : [named("pain", quality).toLocaleLowerCase()];
  return [...where.map((name) => named("pain", name)), ...how].join(", ");
}

function faultBrief(channel: SignalFaulted["channel"]): Brief | null {
  return brief("technical", named("brief.fault", channel));
}

function findingBrief(finding: Finding, called: Need | null): Brief | null {
  switch (finding.kind) {
    case "failure": {
      const { repetition, angle_deg } = finding;
      if (called !== "failure") return brief("attention", t("brief.failed", { n: repetition }));
      return brief("attention", t("brief.failure", { n: repetition, angle: number(angle_deg) }));
    }
    case "failure_likely":
      return called === "likely" ? null : brief("attention", t("tile.likely"));
    case "abrupt_stop":
    case "unsure":
      return brief("attention", t(`brief.${finding.kind}`, { n: finding.repetition }));
    case "range_exceeded":
      return brief(toneOf(finding.level), t(`brief.range.${finding.side}`, { angle: number(finding.angle_deg) }));
    case "speed_exceeded":
      if (finding.level === "caution") return brief("plain", findingNote(finding).text);
      return brief(toneOf(finding.level), t("brief.speed", { speed: number(Math.abs(finding.speed_deg_s)) }));
    case "unable":
      return brief("plain", finding.reason === "no_torque" ? t("brief.unable") : "");
    default:
      return brief("plain", t(`brief.${finding.kind}`, { n: finding.repetition }));
  }
}

function toneOf(level: "caution" | "stop"): Brief["tone"] {
  return level === "stop" ? "attention" : "plain";
}

/** What would call by itself, and is hidden by something that matters more. */
function needBrief(kept: Kept): Brief | null {
  switch (kept.kind) {
    case "conflict":
      return brief("technical", t("tile.conflict"));
    case "outdated":
      return brief("technical", t("wall.outdated"));
    case "unrecorded":
      return brief("technical", t("tile.unrecorded"));
    case "full":
      return brief("technical", t("wall.full"));
    default:
      return null;
  }
}

/** Why it calls, where its word says only that. */
function keptBrief(kept: Kept): Brief | null {
  switch (kept.kind) {
    case "outdated":
      return brief("technical", t("brief.version", { theirs: kept.version }));
    case "unrecorded":
      return brief("technical", t(`brief.unrecorded.${kept.code ?? "disk_failed"}`));
    case "full":
      return brief("technical", t("brief.full"));
    case "filling":
      return brief("technical", t("brief.filling", { share: number(100 * kept.share) }));
    default:
      return null;
  }
}

/** What is on its way, and needs nobody. */
function storeBrief(kept: Kept): Brief | null {
  switch (kept.kind) {
    case "backlog":
      return brief(
        "plain",
        t(kept.eta_s === null ? "brief.waiting" : "brief.backlog", { seconds: span(kept.seconds) }),
      );
    case "backfilled":
      return brief("plain", t("kept.backfilled", { seconds: span(kept.seconds) }));
    default:
      return null;
  }
}
