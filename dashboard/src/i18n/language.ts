/** The language of this page: its patient's or the reader's choice, else the browser's, else English. Texts and numbers follow it. */
import { effect, signal } from "@preact/signals";
import { de } from "./de";
import { type Catalogue, en, type Key } from "./en";

export const CATALOGUES = { de, en } satisfies Record<string, Catalogue>;
export type Language = keyof typeof CATALOGUES;
export const LANGUAGES = Object.keys(CATALOGUES) as Language[];

const KEPT = "ilex.language";
const LENT = "ilex.language.lent";
const LENT_IN = "ilex.language.lent.in";

/** The first language of the browser's list that there is a catalogue for. */
export function choose(kept: string | null, preferred: readonly string[]): Language {
  for (const tag of kept === null ? preferred : [kept, ...preferred]) {
    const language = LANGUAGES.find((known) => tag.toLowerCase().split("-")[0] === known);
    if (language !== undefined) return language;
  }
  return "en";
}

export const language = signal<Language>("en");

/** Reads the choice and keeps `<html lang>` in step with it. */
export function startLanguage(): void {
  language.value = choose(memory(() => sessionStorage.getItem(LENT)) ?? kept(), navigator.languages);
  effect(() => {
    document.documentElement.lang = language.value;
  });
}

/** The reader's choice, kept for this browser. */
export function speak(chosen: Language): void {
  memory(() => localStorage.setItem(KEPT, chosen));
  memory(() => sessionStorage.removeItem(LENT));
  language.value = chosen;
}

/** The choice of who sits at this screen: over a reload of the page, and until `speakAsUsual`. */
export function lend(chosen: Language): void {
  memory(() => sessionStorage.setItem(LENT, chosen));
  language.value = chosen;
}

/** The session in which this page, or the one before a reload, was last; null where nobody remembers. */
export function lentIn(): string | null {
  return memory(() => sessionStorage.getItem(LENT_IN));
}

/** What is lent is lent to who sits here in this session. */
export function lendIn(session: string): void {
  memory(() => sessionStorage.setItem(LENT_IN, session));
}

/** Somebody else sits here: the language of this browser again. */
export function speakAsUsual(): void {
  memory(() => sessionStorage.removeItem(LENT));
  language.value = choose(kept(), navigator.languages);
}

function kept(): string | null {
  return memory(() => localStorage.getItem(KEPT));
}

/** A browser without storage remembers nothing, and asks again. */
function memory<T>(use: () => T): T | null {
  try {
    return use();
  } catch {
    return null;
  }
}

export type Fill = Record<string, string | number>;

/** How every text is written before its places are filled in; the guide has one that is longer. */
export const script = signal((text: string): string => text);

/** A message that goes by a number, and what it says in one case of it. */
const PLURAL = /^\{(\w+), plural, (.+)\}$/;
const CASE = /(\w+) \{((?:[^{}]|\{\w+\})*)\}/g;

/**
 * The text of a key in the page's language, with its places filled in; of a key that only a newer service knows its last word. Of ICU's
 * messages the catalogues use `{name}` and, for a whole message, `{n, plural, one {# …} other {# …}}` (decision 0251).
 */
export function t(key: Key, fill: Fill = {}): string {
  const message = CATALOGUES[language.value][key] ?? key.slice(key.lastIndexOf(".") + 1);
  return script
    .value(message.replace(PLURAL, (_whole, name: string, cases: string) => caseOf(cases, Number(fill[name]))))
    .replace(/\{(\w+)\}/g, (_whole, name: string) => String(fill[name] ?? ""));
}

/** What is said of so many. */
function caseOf(cases: string, n: number): string {
  const texts = new Map([...cases.matchAll(CASE)].map(([, name, text]) => [name, text]));
  const text = texts.get(new Intl.PluralRules(language.value).select(n)) ?? texts.get("other") ?? "";
  return text.replaceAll("#", number(n));
}

/** True for a name that the catalogues have a text for: names from the wire may be newer than this page. */
export function known(key: string): key is Key {
  return Object.hasOwn(en, key);
}

/** The word for a name from the wire; the name itself where the service is newer than this page. */
export function named(group: string, name: unknown): string {
  const key = `${group}.${String(name)}`;
  return known(key) ? t(key) : String(name);
}

/** The text of a counted thing, by the language's plural rule. */
export function counted(key: Key, n: number): string {
  return t(key, { n });
}

const formats = new Map<string, Intl.NumberFormat>();

/** A number with so many decimals, and at least so many digits before them, by the language's custom. */
export function number(value: number, decimals = 0, digits = 1): string {
  const key = `${language.value}/${decimals}/${digits}`;
  let format = formats.get(key);
  if (format === undefined) {
    // Making one takes longer than a hundred numbers.
    format = new Intl.NumberFormat(language.value, {
      minimumIntegerDigits: digits,
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    });
    formats.set(key, format);
  }
  return format.format(value);
}

/** A length of time in its largest unit, as one says it: 45 s, 12 min, 3.5 h. */
export function span(seconds: number): string {
  if (seconds < 100) return `${number(Math.max(1, seconds))}\u00a0s`;
  if (seconds < 6000) return `${number(seconds / 60)}\u00a0min`;
  return `${number(seconds / 3600, seconds < 36_000 ? 1 : 0)}\u00a0h`;
}

/** The time of day, 24 hours. */
export function timeOfDay(moment: Date): string {
  return moment.toLocaleTimeString(language.value, { hourCycle: "h23" });
}

/** Day before month, as in every clinic that this is written for. */
const DAYS = { de: "de", en: "en-GB" } satisfies Record<Language, string>;

/** A day and its time, as on paper. */
export function moment(utc: string): string {
  return new Date(utc).toLocaleString(DAYS[language.value], {
    dateStyle: "medium",
    timeStyle: "short",
    hourCycle: "h23",
  });
}

/** Seconds as minutes and seconds: 2:05. */
export function minutes(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
