import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { number, t } from "../../i18n/language";
import type { Plan } from "../../wire.gen";
import { typed } from "./rerun";

/** The numbers of a plan that a rerun may have otherwise, by their place in it. */
const FIELDS = [
  ["range.flexion_deg", "°"],
  ["range.extension_deg", "°"],
  ["tempo.extension_s", "s"],
  ["tempo.hold_s", "s"],
  ["tempo.flexion_s", "s"],
  ["tempo.turn_s", "s"],
  ["tolerance.share", ""],
  ["tolerance.least_s", "s"],
  ["tolerance.angle_deg", "°"],
  ["repetitions.least", ""],
  ["repetitions.most", ""],
  ["load_nm", "Nm"],
] as const;

type Texts = Readonly<Record<string, string>>;

/** The plan as texts in fields, with what the fields don't hold. */
export function textsOf(plan: Plan | null): Texts {
  const texts: Record<string, string> = { "": JSON.stringify(plan ?? {}) };
  for (const [place] of FIELDS) {
    const value = place
      .split(".")
      .reduce<unknown>((part, name) => (part as Record<string, unknown> | null)?.[name], plan);
    texts[place] = typeof value === "number" ? number(value, (String(value).split(".")[1] ?? "").length) : "";
  }
  return texts;
}

/** The plan again; what is no number is sent as it was typed, so that the service says what is wrong with it. */
export function planOf(texts: Texts): object {
  const plan = JSON.parse(texts[""] ?? "{}") as Record<string, unknown>;
  for (const [place] of FIELDS) {
    const text = texts[place] ?? "";
    const value = text.trim() === "" ? null : (typed(text) ?? text);
    const [outer = "", inner] = place.split(".");
    if (inner === undefined) plan[outer] = value;
    else if (value !== null) plan[outer] = { ...(plan[outer] as object | undefined), [inner]: value };
  }
  return plan;
}

export function PlanFields({ plan, recorded }: { plan: Signal<Texts | null>; recorded: Plan | null }): JSX.Element {
  const { value: texts } = plan;
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
            {FIELDS.map(([place, unit]) => (
              <li key={place}>
                <label>
                  {t(`replay.plan.${place}`)}
                  <span class="field">
                    <input
                      inputMode="decimal"
                      value={texts[place] ?? ""}
                      onInput={(event) => {
                        plan.value = { ...texts, [place]: event.currentTarget.value };
                      }}
                    />
                    <span class="unit">{unit}</span>
                  </span>
                </label>
              </li>
            ))}
          </ul>
        </>
      )}
    </fieldset>
  );
}
