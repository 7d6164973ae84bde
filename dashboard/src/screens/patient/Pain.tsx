import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/language";
import { Icon } from "../../ui/icons";
import { pressed } from "./press";
import { type Answer, PLACES, QUALITIES } from "./stop";
import type { Outcome } from "./telling";

const SCALE = Array.from({ length: 11 }, (_, n) => n);

interface Props {
  /** What became of the press; null = pressed elsewhere, so it is known. */
  pressed: Outcome | "telling" | null;
  answer: Answer;
  answered: Outcome | "telling" | null;
  say: (answer: Answer) => void;
  stop: () => void;
}

/** Stopped for pain: that help is coming, and three questions that nobody has to answer (detection 6). */
export function Pain({ pressed: stopped, answer, answered, say, stop }: Props): JSX.Element {
  const title = useRef<HTMLParagraphElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <section class="pain" aria-label={t("patient.pain")}>
      <div class="told" role="alert">
        <p class="title" tabIndex={-1} ref={title}>
          {t("patient.pain")}
        </p>
        <p data-outcome={stopped ?? "told"}>{t(toldKey(stopped))}</p>
      </div>
      <fieldset class="scale">
        <legend>{t("pain.howMuch")}</legend>
        <div class="keys">
          {SCALE.map((n) => (
            <label key={n}>
              <input
                type="radio"
                name="pain"
                checked={answer.pain === n}
                onChange={() => say({ ...answer, pain: n })}
              />
              <span>{n}</span>
            </label>
          ))}
        </div>
        <p class="ends">
          <span>{t("pain.none")}</span>
          <span>{t("pain.worst")}</span>
        </p>
      </fieldset>
      <fieldset class="place">
        <legend>{t("pain.where")}</legend>
        <div class="keys">
          {PLACES.map((place) => (
            <label key={place}>
              <input
                type="checkbox"
                checked={answer.where.includes(place)}
                onChange={() =>
                  say({ ...answer, where: PLACES.filter((one) => (one === place) !== answer.where.includes(one)) })
                }
              />
              <span>{t(`pain.${place}`)}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <fieldset class="quality">
        <legend>{t("pain.how")}</legend>
        <div class="keys">
          {QUALITIES.map((quality) => (
            <label key={quality}>
              <input
                type="radio"
                name="quality"
                checked={answer.quality === quality}
                onChange={() => say({ ...answer, quality })}
              />
              <span>{t(`pain.${quality}`)}</span>
            </label>
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

function toldKey(
  stopped: Outcome | "telling" | null,
): "patient.painTold" | "patient.painTelling" | "patient.painUntold" {
  if (stopped === null || stopped === "told") return "patient.painTold";
  return stopped === "telling" ? "patient.painTelling" : "patient.painUntold";
}
