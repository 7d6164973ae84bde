import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { lend, number, t } from "../../i18n/language";
import type { Sound } from "../../sound/sound";
import { Icon } from "../../ui/icons";
import { Languages } from "../../ui/Languages";
import { keepsDisplayOn } from "./hooks";
import { type Chosen, FEEDBACK, MOTION, type Settings, type Shown } from "./settings";

interface Props {
  settings: Settings;
  /** How it is shown now. */
  shown: Shown;
  sound: Sound;
  choose: (change: Partial<Chosen>) => void;
}

/** Sound, always at hand; and, behind one button, how a set is shown. */
export function Options({ settings, shown, sound, choose }: Props): JSX.Element {
  const box = useRef<HTMLDetailsElement>(null);
  useLayoutEffect(() => {
    const leave = (event: Event) => {
      const open = box.current?.open && !(event.target instanceof Node && box.current.contains(event.target));
      if (open && box.current !== null) box.current.open = false;
    };
    const close = (event: KeyboardEvent) => {
      if (event.key === "Escape" && box.current !== null) box.current.open = false;
    };
    addEventListener("pointerdown", leave);
    addEventListener("keydown", close);
    return () => {
      removeEventListener("pointerdown", leave);
      removeEventListener("keydown", close);
    };
  }, []);
  const on = sound.state.value === "on";
  return (
    <>
      {on && sound.behind.value && (
        <p class="late" role="status" title={t("sound.behind")}>
          <Icon name="sound" />
          {t("sound.late")}
        </p>
      )}
      <div class="options">
        <button
          type="button"
          class="sound"
          aria-pressed={on}
          aria-label={t("sound")}
          title={t(on ? "sound.on" : sound.state.value === "blocked" ? "sound.blocked" : "sound.off")}
          onClick={() => void sound.turn(!on)}
        >
          <Icon name={on ? "sound" : "mute"} />
        </button>
        <details ref={box}>
          <summary aria-label={t("options")} title={t("options")}>
            <Icon name="settings" />
          </summary>
          <div class="panel">
            <label class="volume">
              <span>{t("sound.volume")}</span>
              <input
                type="range"
                min="0"
                max="100"
                step="5"
                value={Math.round(sound.volume.value * 100)}
                onInput={(event) => sound.loud(Number(event.currentTarget.value) / 100)}
              />
              <output>{number(Math.round(sound.volume.value * 100))}&nbsp;%</output>
            </label>
            <p class="remark" role="status">
              {sound.state.value === "blocked" && t("sound.blocked")}
              {on && sound.behind.value && t("sound.behind")}
            </p>
            <Choice
              legend={t("options.feedback")}
              values={FEEDBACK}
              value={shown.feedback}
              word={(value) => t(`feedback.${value}`)}
              choose={(feedback) => choose({ feedback })}
            />
            <Choice
              legend={t("options.motion")}
              values={MOTION}
              value={shown.motion}
              word={(value) => t(`motion.${value}`)}
              choose={(chosen) => choose({ motion: chosen })}
            />
            <p class="note">{t("options.note")}</p>
            <Languages choose={lend} />
            {!keepsDisplayOn() && <p class="note">{t("options.dark")}</p>}
            {settings.faults.length > 0 && (
              <p class="remark">{t("options.unknown", { given: settings.faults.join(", ") })}</p>
            )}
          </div>
        </details>
      </div>
    </>
  );
}

interface ChoiceProps<T extends string> {
  legend: string;
  values: readonly T[];
  value: T;
  word: (value: T) => string;
  choose: (value: T) => void;
}

function Choice<T extends string>({ legend, values, value, word, choose }: ChoiceProps<T>): JSX.Element {
  return (
    <fieldset class="choice">
      <legend>{legend}</legend>
      {values.map((one) => (
        <label key={one}>
          <input type="radio" name={legend} checked={one === value} onChange={() => choose(one)} />
          <span>{word(one)}</span>
        </label>
      ))}
    </fieldset>
  );
}
