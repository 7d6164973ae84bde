/** What may be said after a press for pain: never more than is known. Pure. */
import type { Key } from "../../i18n/en";
import type { Outcome } from "./telling";

/** Headline and what to do, by what became of the press; null = it was pressed elsewhere, so the service knows of it. */
export function callWords(pressed: Outcome | "telling" | null): { title: Key; hint: Key } {
  if (pressed === null || pressed === "told") return { title: "patient.painTold", hint: "patient.painToldHint" };
  if (pressed === "telling") return { title: "patient.pain", hint: "patient.painTelling" };
  return { title: "patient.painCall", hint: "patient.painUntold" };
}
