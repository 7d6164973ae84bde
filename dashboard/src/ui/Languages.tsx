import type { JSX } from "preact";
import { LANGUAGES, language, speak, t } from "../i18n/language";

const NAMES = { de: "Deutsch", en: "English" } as const;

export function Languages(): JSX.Element {
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
          onClick={() => speak(tag)}
        >
          {tag.toUpperCase()}
          <span class="unseen"> {NAMES[tag]}</span>
        </button>
      ))}
    </fieldset>
  );
}
