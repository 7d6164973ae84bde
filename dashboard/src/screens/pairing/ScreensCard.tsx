import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { moment, t } from "../../i18n/language";
import { Code } from "./Code";
import { Offering } from "./offer";

const AGAIN_MS = 10_000;

/** The machine's page: which browsers are its screen, a code for another, and an end of one. */
export function ScreensCard({ machine, inSet }: { machine: string; inSet: boolean }): JSX.Element {
  const offering = useMemo(() => new Offering(AGAIN_MS), [machine]);
  const sure = useSignal<string | null>(null);
  useEffect(() => {
    offering.open(machine);
    return () => offering.close();
  }, [offering]);
  const screens = offering.screens.value;
  const offered = offering.offered.value;
  return (
    <section class="card screens" aria-label={t("screens.title")}>
      <h2>{t("screens.title")}</h2>
      {screens !== null && screens.length === 0 && <p class="none">{t("screens.none")}</p>}
      {screens !== null && screens.length > 0 && (
        <ul>
          {screens.map(({ id, paired_utc, watching }) => (
            <li key={id}>
              <p>
                <span>{t(watching ? "screens.watching" : "screens.away")}</span>
                <small>{t("screens.since", { when: moment(paired_utc) })}</small>
              </p>
              <button
                type="button"
                aria-disabled={inSet}
                onClick={() => {
                  if (inSet) return;
                  if (sure.value === id) void offering.part(machine, id);
                  sure.value = sure.value === id ? null : id;
                }}
              >
                {t(sure.value === id ? "screens.sure" : "screens.part")}
              </button>
            </li>
          ))}
        </ul>
      )}
      {offered !== null && <Code offered={offered} />}
      <button type="button" onClick={() => void offering.ask(machine)}>
        {t(offered?.stage === "shown" ? "offer.another" : "offer.ask")}
      </button>
      {offering.fault.value !== "" && (
        <p class="hint" role="status">
          {offering.fault.value}
        </p>
      )}
      {inSet && screens !== null && screens.length > 0 && <p class="hint">{t("screens.running")}</p>}
    </section>
  );
}
