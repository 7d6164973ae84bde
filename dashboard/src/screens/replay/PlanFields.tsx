import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { t } from "../../i18n/language";
import type { Plan } from "../../wire.gen";
import { NUMBERS, PICKS, type Texts, textsOf } from "./otherplan";

export function PlanFields({ plan, recorded }: { plan: Signal<Texts | null>; recorded: Plan | null }): JSX.Element {
  const { value: texts } = plan;
  const change = (place: string, text: string) => {
    plan.value = { ...texts, [place]: text };
  };
  return (
    <fieldset class="plan">
      <legend>{t("replay.plan")}</legend>
      <label>
        <input
          type="checkbox"
          checked={texts !== null}
          onChange={(event) => {
            plan.value = event.currentTarget.checked ? textsOf(recorded) : null;
          }}
        />
        {t("replay.otherPlan")}
      </label>
      {texts !== null && (
        <>
          <p class="none">{t("replay.planHint")}</p>
          <ul>
            {NUMBERS.map(([place, unit]) => (
              <li key={place}>
                <label>
                  {t(`replay.plan.${place}`)}
                  <span class="field">
                    <input
                      inputMode="decimal"
                      value={texts[place] ?? ""}
                      onInput={(event) => change(place, event.currentTarget.value)}
                    />
                    <span class="unit">{unit}</span>
                  </span>
                </label>
              </li>
            ))}
            {PICKS.map(([place, choices]) => (
              <li key={place}>
                <label>
                  {t(`plan.field./${place}`)}
                  <select value={texts[place] ?? ""} onChange={(event) => change(place, event.currentTarget.value)}>
                    {choices.map((choice) => (
                      <option key={choice} value={choice}>
                        {t(`plan.choice.${choice}`)}
                      </option>
                    ))}
                  </select>
                </label>
              </li>
            ))}
          </ul>
        </>
      )}
    </fieldset>
  );
}
