/** What the guide's address asks for: `?show=patient/pain&lang=de&theme=dark&text=200&motion=reduced&pseudo=1&ago=2.5`. Pure. */
import { LANGUAGES, type Language } from "../i18n/language";

export const THEMES = ["dark", "light"] as const;
export type Theme = (typeof THEMES)[number];

export interface Options {
  /** The one state that is shown; null: all of them. */
  show: string | null;
  language: Language;
  /** Null: as the page has it, dark in the room and light on a desk. */
  theme: Theme | null;
  /** Size of the text, per cent. */
  text: number;
  reduced: boolean;
  /** Every text a third longer. */
  pseudo: boolean;
  /** So long before the state's own moment, s. */
  ago_s: number;
}

export function optionsOf(search: string, preferred: Language): Options {
  const given = new URLSearchParams(search);
  const one = <T extends string>(name: string, known: readonly T[]) => known.find((each) => each === given.get(name));
  const text = Number(given.get("text") ?? 100);
  return {
    show: given.get("show"),
    language: one("lang", LANGUAGES) ?? preferred,
    theme: one("theme", THEMES) ?? null,
    text: text >= 50 && text <= 300 ? text : 100,
    reduced: given.get("motion") === "reduced",
    pseudo: given.get("pseudo") === "1",
    ago_s: Math.max(0, Number(given.get("ago") ?? 0) || 0),
  };
}

/** The address of a state, or of all of them. */
export function addressOf({ show, language, theme, text, reduced, pseudo, ago_s }: Options): string {
  const parts = [
    ...(show === null ? [] : [`show=${show}`]),
    `lang=${language}`,
    ...(theme === null ? [] : [`theme=${theme}`]),
    ...(text === 100 ? [] : [`text=${text}`]),
    ...(reduced ? ["motion=reduced"] : []),
    ...(pseudo ? ["pseudo=1"] : []),
    ...(ago_s === 0 ? [] : [`ago=${ago_s}`]),
  ];
  return `/styleguide?${parts.join("&")}`;
}
