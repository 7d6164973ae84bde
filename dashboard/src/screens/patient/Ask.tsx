import type { ComponentChildren, JSX } from "preact";
import { t } from "../../i18n/language";

const SCALE = Array.from({ length: 11 }, (_, n) => n);

interface ScaleProps {
  /** Tells two scales of one page apart. */
  name: string;
  question: string;
  value: number | null;
  choose: (value: number) => void;
}

/** How much it hurts, by keys from 0 to 10 that an unsteady hand can hit. */
export function PainScale({ name, question, value, choose }: ScaleProps): JSX.Element {
  return (
    <fieldset class="scale">
      <legend>{question}</legend>
      <div class="keys">
        {SCALE.map((n) => (
          <Choice key={n} name={name} on={value === n} choose={() => choose(n)}>
            {n}
          </Choice>
        ))}
      </div>
      <p class="ends">
        <span>{t("pain.none")}</span>
        <span>{t("pain.worst")}</span>
      </p>
    </fieldset>
  );
}

interface ChoiceProps {
  /** Of the group of which one is chosen; without it each is chosen by itself. */
  name?: string;
  on: boolean;
  choose: () => void;
  children: ComponentChildren;
}

/** One answer as a large key. */
export function Choice({ name, on, choose, children }: ChoiceProps): JSX.Element {
  return (
    <label>
      <input type={name === undefined ? "checkbox" : "radio"} name={name} checked={on} onChange={choose} />
      <span>{children}</span>
    </label>
  );
}
