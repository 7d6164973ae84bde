/** The guide's own words: no other page carries them. */
import { language } from "../i18n/language";

const en = {
  title: "Style guide",
  about:
    "Every state of every screen but the replay, played from recorded sessions by the screens themselves and stopped at one moment.",
  patient: "Patient's screen",
  pairing: "A browser becomes a screen",
  wall: "Wall",
  machine: "Machine page and set summary",
  desk: "On a desk",
  others: "Other pages and the design system",
  language: "Language",
  theme: "Theme",
  own: "As the page has it",
  dark: "Dark",
  light: "Light",
  text: "Text size",
  view: "Display",
  reduced: "Reduced motion",
  pseudo: "Longer texts",
  tokens: "Tokens",
  colours: "Colour roles",
  role: "Role",
  value: "Value",
  onGround: "On ground",
  onRaised: "On raised",
  types: "Type scale",
  spaces: "Spacing and corners",
  motions: "Motion",
  parts: "Components",
  icons: "Shapes that stand beside words",
  sample: "Repetition 8 of 15, 31° at 160 Nm",
};

const de: typeof en = {
  title: "Gestaltung",
  about:
    "Jeder Zustand jedes Bildschirms außer der Wiedergabe, aus aufgezeichneten Sitzungen von den Bildschirmen selbst gespielt und in einem Augenblick angehalten.",
  patient: "Patientenbildschirm",
  pairing: "Ein Browser wird zum Bildschirm",
  wall: "Wand",
  machine: "Geräteseite und Satz in Worten",
  desk: "Am Schreibtisch",
  others: "Weitere Seiten und Bausteine",
  language: "Sprache",
  theme: "Farben",
  own: "Wie die Seite sie hat",
  dark: "Dunkel",
  light: "Hell",
  text: "Schriftgröße",
  view: "Anzeige",
  reduced: "Weniger Bewegung",
  pseudo: "Längere Texte",
  tokens: "Grundwerte",
  colours: "Farben nach Aufgabe",
  role: "Aufgabe",
  value: "Wert",
  onGround: "Auf dem Grund",
  onRaised: "Auf Flächen",
  types: "Schriftgrade",
  spaces: "Abstände und Ecken",
  motions: "Bewegung",
  parts: "Bausteine",
  icons: "Formen, die neben Worten stehen",
  sample: "Wiederholung 8 von 15, 31° bei 160 Nm",
};

const WORDS = { en, de };

export function word(key: keyof typeof en): string {
  return WORDS[language.value][key];
}
