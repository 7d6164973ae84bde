import type { JSX } from "preact";
import { LANGUAGES, type Language, language, speak, t } from "../i18n/language";

const NAMES = { de: "Deutsch", en: "English" } as const;

/** The languages there are; `choose` says for how long one is chosen. */
export function Languages({ choose = speak }: { choose?: (chosen: Language) => void }): JSX.Element {
  return (
    <fieldset class="languages">
      <legend class="unseen">{t("language")}</legend>
      {LANGUAGES.map((tag) => (
        <button
          type="button"
          key={tag}
          lang={tag}
          title={NAMES[tag]}
          aria-pressed={language.value === tag}
          onClick={() => choose(tag)}
        >
          {tag.toUpperCase()}
          <span class="unseen"> {NAMES[tag]}</span>
        </button>
      ))}
    </fieldset>
  );
}
