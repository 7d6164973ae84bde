import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { counted, t } from "../../i18n/language";
import { apart, BASES, type Base, type Parameter } from "./rerun";

/** From which parameters a rerun starts, and how those of the recording are not this version's, where that is known. */
export function BaseChoice({ base, known }: { base: Signal<Base>; known: readonly Parameter[] }): JSX.Element {
  const { other, lacking, none } = apart(known);
  return (
    <>
      <p class="base">
        <label for="rerun-base">{t("rerun.base")}</label>{" "}
        <select
          id="rerun-base"
          value={base.value}
          onChange={(event) => {
            base.value = BASES.find((one) => one === event.currentTarget.value) ?? "recorded";
          }}
        >
          {BASES.map((one) => (
            <option key={one} value={one}>
              {t(`rerun.base.${one}`)}
            </option>
          ))}
        </select>
      </p>
      {none && <p class="none">{t("rerun.none")}</p>}
      {!none && other + lacking > 0 && (
        <p class="none">
          {other > 0 && counted("rerun.other", other)} {lacking > 0 && counted("rerun.lacking", lacking)}
        </p>
      )}
    </>
  );
}
