import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { t } from "../../i18n/language";
import { Icon } from "../../ui/icons";
import { Code } from "./Code";
import { Offering } from "./offer";

interface Props {
  machines: readonly string[];
  onClose: () => void;
}

/** On the wall, below its tiles: a code for one machine's screen. It hides nothing: whoever carries the code leaves it standing. */
export function OfferBar({ machines, onClose }: Props): JSX.Element {
  const offering = useMemo(() => new Offering(), []);
  const chosen = useSignal(machines[0] ?? "");
  const first = useRef<HTMLSelectElement>(null);
  useLayoutEffect(() => {
    first.current?.focus();
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") onClose();
    };
    addEventListener("keydown", onKey);
    return () => {
      removeEventListener("keydown", onKey);
      offering.close();
    };
  }, []);
  const offered = offering.offered.value;
  return (
    <section class="offer" aria-label={t("offer.title")}>
      <label>
        <span>{t("offer.title")}</span>
        <select
          ref={first}
          value={chosen.value}
          onChange={({ currentTarget }) => {
            chosen.value = currentTarget.value;
          }}
        >
          {machines.map((machine) => (
            <option key={machine} value={machine}>
              {machine}
            </option>
          ))}
        </select>
      </label>
      <button type="button" class="ask" onClick={() => void offering.ask(chosen.value)}>
        {t(offered === null ? "offer.ask" : "offer.another")}
      </button>
      <div class="now">
        {offering.fault.value !== "" ? (
          <p class="outcome" role="status" data-stage="fault">
            {offering.fault.value}
          </p>
        ) : offered === null ? (
          <p class="outcome">{t("offer.hint")}</p>
        ) : (
          <>
            {offered.stage === "shown" && <p class="of">{offered.machine}</p>}
            <Code offered={offered} />
          </>
        )}
      </div>
      <button type="button" class="close" aria-label={t("offer.close")} title={t("offer.close")} onClick={onClose}>
        <Icon name="close" />
      </button>
    </section>
  );
}
