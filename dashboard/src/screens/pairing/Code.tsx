import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { minutes, t } from "../../i18n/language";
import { browser } from "../../live/browser";
import { Icon } from "../../ui/icons";
import { halves } from "./code";
import type { Offered } from "./offer";

const SECOND_MS = 1000;

/** A code to be carried to its screen: large, with how long it counts, and what became of it. */
export function Code({ offered }: { offered: Offered }): JSX.Element {
  const { machine, code, until_ms, stage } = offered;
  const left_s = useSignal(leftUntil(until_ms));
  useEffect(() => {
    let stop: () => void;
    const count = () => {
      left_s.value = leftUntil(until_ms);
      stop = browser.later(count, SECOND_MS);
    };
    count();
    return () => stop();
  }, [until_ms]);
  if (stage === "paired") {
    return (
      <p class="outcome" role="status" data-stage={stage}>
        <Icon name="whole" />
        {t("offer.paired", { machine })}
      </p>
    );
  }
  if (stage === "over" || left_s.value === 0) {
    return (
      <p class="outcome" role="status" data-stage="over">
        {t("offer.over")}
      </p>
    );
  }
  return (
    <div class="code">
      <p class="letters" role="img" aria-label={`${t("pairing.code")}: ${[...code].join(" ")}`}>
        {halves(code)}
      </p>
      <p class="where">
        <span>{t("offer.where", { address: `${browser.host()}/screen/${machine}` })}</span>
        <span class="left">{t("offer.left", { time: minutes(left_s.value) })}</span>
      </p>
    </div>
  );
}

/** Whole seconds. */
function leftUntil(until_ms: number): number {
  return Math.max(0, Math.round((until_ms - browser.now()) / SECOND_MS));
}
