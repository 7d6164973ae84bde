import type { JSX } from "preact";
import { t } from "../../i18n/language";
import { Icon } from "../../ui/icons";
import { StopButton } from "./Buttons";

/** What stands where nothing can be drawn: no cue, what to do, and the way to stop. */
export function Safe({ pain, stop }: { pain: boolean; stop: () => void }): JSX.Element {
  return (
    <main class="patient safe" data-kind="safe">
      <div class="cover" role="alert">
        <h1 class="title technical">
          <Icon name="stale" />
          {t(pain ? "patient.pain" : "patient.safe")}
        </h1>
        <p>{t(pain ? "patient.painCall" : "patient.safeHint")}</p>
      </div>
      <footer class="buttons">
        <StopButton stop={stop} />
      </footer>
    </main>
  );
}
