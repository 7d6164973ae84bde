/** What a patient has said, in words for staff. Pure. */
import { known, number, span, t } from "../i18n/language";
import type { Machine } from "../live/machine";
import type { CheckIn } from "../wire.gen";
import type { Note } from "./finding";

/** How much, where and how it hurts; empty where nothing of it was said. */
export function painWords(said: { pain: number | null; where: readonly string[]; quality: string | null }): string {
  const { pain, where, quality } = said;
  const words = [...where, ...(quality === null ? [] : [quality])].map((name) => {
    const key = `pain.${name}`;
    return known(key) ? t(key) : name;
  });
  return [pain === null ? null : t("record.painOf", { n: number(pain) }), ...words].filter(Boolean).join(" · ");
}

export function checkInWords({ who, pain, ready, skipped }: Omit<CheckIn, "id" | "age_ms" | "seen">): string {
  const words = [
    who === "other" ? t("told.other") : null,
    pain === null ? null : t("told.before", { n: number(pain) }),
    ready ? t("told.ready") : skipped ? t("told.skipped") : null,
  ];
  return words.filter(Boolean).join(" · ");
}

/** How long ago, in steps that can be read: nothing counts every second. */
export function ago(age_ms: number): string {
  const seconds = age_ms / 1000;
  if (seconds < 10) return t("told.now");
  if (seconds < 60) return t("told.ago", { time: span(Math.floor(seconds / 10) * 10) });
  const time = seconds < 3600 ? `${number(Math.floor(seconds / 60))}\u00a0min` : span(seconds);
  return t("told.ago", { time });
}

/** What stands of it on the tile and on the machine's page: until somebody has seen it, and as long as the stop or the wait for the first set lasts. */
export function answerNotes(machine: Machine, local_ms: number): Note[] {
  const { answers } = machine;
  const { pain, checkIn } = answers;
  const notes: Note[] = [];
  const waits = machine.set === null && machine.ended === null && machine.session !== null;
  if (pain !== null && (machine.pain || !answers.isSeen(pain))) {
    const words = painWords(pain);
    if (words !== "") notes.push(noteOf(words, answers.age(pain, local_ms), !answers.isSeen(pain)));
  }
  const asked = answers.asked;
  if (checkIn !== null && (waits || asked === "other" || asked === "sore")) {
    const words = checkInWords(checkIn);
    if (words !== "") notes.push(noteOf(words, answers.age(checkIn, local_ms), asked === "other" || asked === "sore"));
  }
  return notes;
}

function noteOf(words: string, age_ms: number, unseen: boolean): Note {
  return { tone: unseen ? "attention" : "plain", icon: "said", text: `${words} · ${ago(age_ms)}`, reasons: [] };
}
