import type { JSX } from "preact";
import { t } from "../../i18n/language";
import { type Label, labelled, ratingOf, type Said, SCALES } from "./labels";

const VALUES = Array.from({ length: 11 }, (_, value) => value);

interface Props {
  set: number;
  labels: readonly Label[];
  onSay: (said: Said) => void;
}

/** The patient's ratings after a set, each on its own scale of 0 to 10. */
export function Ratings({ set, labels, onSay }: Props): JSX.Element {
  return (
    <section class="ratings">
      <h3>{t("rating.title")}</h3>
      <p class="hint">{t("rating.hint")}</p>
      {SCALES.map((scale) => {
        const given = ratingOf(labels, set, scale)?.value;
        return (
          <fieldset key={scale}>
            <legend>
              {t(`rating.${scale}`)} <small>{t(`rating.${scale}.ends`)}</small>
            </legend>
            <div class="scale">
              {VALUES.map((value) => (
                <button
                  key={value}
                  type="button"
                  aria-pressed={given === value}
                  onClick={() => onSay(labelled({ kind: "rating", set, scale, value }))}
                >
                  {value}
                </button>
              ))}
            </div>
          </fieldset>
        );
      })}
    </section>
  );
}
