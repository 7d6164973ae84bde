import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Key } from "../../i18n/en";
import { t } from "../../i18n/language";
import { SORE_ABOVE } from "../../live/answers";
import { Icon } from "../../ui/icons";
import { Choice, PainScale } from "./Ask";
import type { Said } from "./arrival";
import type { Outcome } from "./telling";

interface Props {
  /** The alias whose plan it is; null where the plan names none. */
  label: string | null;
  said: Said;
  told: Outcome | "telling" | null;
  say: (said: Said) => void;
}

/** Before the first set: three questions that nobody has to answer; a start by the therapist takes them away. */
export function CheckIn({ label, said, told, say }: Props): JSX.Element {
  const title = useRef<HTMLParagraphElement>(null);
  useLayoutEffect(() => title.current?.focus(), []);
  const other = said.who === "other";
  return (
    <section class="checkin asks" aria-label={t("patient.checkin")}>
      <p class="title" tabIndex={-1} ref={title}>
        {label === null ? t("patient.checkin") : t("checkin.who", { label })}
      </p>
      {label !== null && (
        <fieldset class="who">
          <legend class="unseen">{t("checkin.who", { label })}</legend>
          <div class="keys">
            <Choice name="who" on={said.who === "self"} choose={() => say({ ...said, who: "self" })}>
              {t("checkin.self")}
            </Choice>
            <Choice name="who" on={other} choose={() => say({ ...said, who: "other" })}>
              {t("checkin.other")}
            </Choice>
          </div>
        </fieldset>
      )}
      {other ? (
        <div class="wait" role="status">
          <p>{t(othersWords(told))}</p>
          <p class="aside">{t("checkin.otherHint", { label: label ?? "" })}</p>
        </div>
      ) : (
        <PainScale
          name="painBefore"
          question={t("checkin.howMuch")}
          value={said.pain}
          choose={(pain) => say({ ...said, pain })}
        />
      )}
      <div class="foot">
        <p class="kept" role="status">
          {wordsOf(said, told)}
        </p>
        {!other && (
          <>
            <button type="button" class="skip" onClick={() => say({ ...said, skipped: true })}>
              {t("checkin.skip")}
            </button>
            <button type="button" class="ready" onClick={() => say({ ...said, ready: true })}>
              <Icon name="whole" />
              {t("checkin.ready")}
            </button>
          </>
        )}
      </div>
    </section>
  );
}

/** Whether it is known at the wall that somebody else sits here; never more than that (decision 0210). */
function othersWords(told: Outcome | "telling" | null): Key {
  if (told === "told") return "checkin.otherTold";
  return told === null || told === "telling" ? "checkin.otherTelling" : "checkin.otherUntold";
}

function wordsOf(said: Said, told: Outcome | "telling" | null): string {
  if (told === "unreached" || told === "forbidden") return t("checkin.later");
  if (told === "refused") return t("checkin.refused");
  return said.pain !== null && said.pain > SORE_ABOVE ? t("checkin.sore") : "";
}
