import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/language";
import { Icon } from "../../ui/icons";
import { Choice, PainScale } from "./Ask";
import { callWords } from "./called";
import { pressed } from "./press";
import { type Answer, PLACES, QUALITIES } from "./stop";
import type { Outcome } from "./telling";

interface Props {
  /** What became of the press; null = pressed elsewhere, so it is known. */
  pressed: Outcome | "telling" | null;
  answer: Answer;
  answered: Outcome | "telling" | null;
  say: (answer: Answer) => void;
  stop: () => void;
}

/** Stopped for pain: whether help has been called, and three questions that nobody has to answer (detection 6). */
export function Pain({ pressed: stopped, answer, answered, say, stop }: Props): JSX.Element {
  const title = useRef<HTMLParagraphElement>(null);
  useLayoutEffect(() => title.current?.focus(), []);
  const call = callWords(stopped);
  return (
    <section class="pain asks" aria-label={t("patient.pain")}>
      <div class="told" role="alert">
        <p class="title" tabIndex={-1} ref={title}>
          {t(call.title)}
        </p>
        <p data-outcome={stopped ?? "told"}>{t(call.hint)}</p>
      </div>
      <PainScale
        name="pain"
        question={t("pain.howMuch")}
        value={answer.pain}
        choose={(pain) => say({ ...answer, pain })}
      />
      <fieldset class="place">
        <legend>{t("pain.where")}</legend>
        <div class="keys">
          {PLACES.map((place) => (
            <Choice
              key={place}
              on={answer.where.includes(place)}
              choose={() =>
                say({ ...answer, where: PLACES.filter((one) => (one === place) !== answer.where.includes(one)) })
              }
            >
              {t(`pain.${place}`)}
            </Choice>
          ))}
        </div>
      </fieldset>
      <fieldset class="quality">
        <legend>{t("pain.how")}</legend>
        <div class="keys">
          {QUALITIES.map((quality) => (
            <Choice
              key={quality}
              name="quality"
              on={answer.quality === quality}
              choose={() => say({ ...answer, quality })}
            >
              {t(`pain.${quality}`)}
            </Choice>
          ))}
        </div>
      </fieldset>
      <div class="foot">
        <p class="kept" role="status">
          {answered === "told" && (
            <>
              <Icon name="whole" />
              {t("pain.kept")}
            </>
          )}
          {answered === "telling" && t("pain.keeping")}
          {(answered === "unreached" || answered === "forbidden") && t("pain.later")}
          {answered === "refused" && t("pain.refused")}
        </p>
        <button type="button" class="again" {...pressed(stop)}>
          <Icon name="pain" />
          {t("pain.again")}
          <small>{t("patient.stopKey")}</small>
        </button>
      </div>
    </section>
  );
}
