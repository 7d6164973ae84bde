import type { JSX } from "preact";
import { t } from "../../i18n/language";
import { Icon } from "../../ui/icons";
import { pressed } from "./press";
import type { Outcome } from "./telling";
import type { View } from "./view";

const PAUSABLE: readonly string[] = ["running", "countdown", "free", "release", "stall"];

export function resumes(view: View): boolean {
  return view.kind === "paused" || view.kind === "interrupted";
}

export function pausable(view: View): boolean {
  return resumes(view) || PAUSABLE.includes(view.kind) || (view.kind === "positioning" && view.resuming !== null);
}

interface Props {
  view: View;
  /** A paired screen may not set in motion: staff continue. */
  paired?: boolean;
  /** What became of the last press of pause or resume. */
  outcome: Outcome | null;
  stop: () => void;
  pause: () => void;
}

export function Buttons({ view, paired = false, outcome, stop, pause }: Props): JSX.Element {
  const resume = resumes(view);
  return (
    <footer class="buttons">
      {!(resume && paired) && (
        <button type="button" class="pause" disabled={!pausable(view)} {...pressed(pause)}>
          <Icon name={resume ? "resume" : "pause"} />
          <span>
            {t(resume ? "patient.resume" : "patient.pause")}
            <small>{t("patient.pauseKey")}</small>
          </span>
        </button>
      )}
      <div class="words">
        <p>{t("patient.stopAdvice")}</p>
        <p class="answer" role="status">
          {outcome === "unreached" && t("patient.notReached")}
          {resume && (paired || outcome === "forbidden") && t("patient.staffResumes")}
        </p>
      </div>
      <StopButton stop={stop} />
    </footer>
  );
}

export function StopButton({ stop }: { stop: () => void }): JSX.Element {
  return (
    <button type="button" class="stop" {...pressed(stop)}>
      <Icon name="pain" />
      <span>
        {t("patient.stopPain")}
        <small>{t("patient.stopKey")}</small>
      </span>
    </button>
  );
}
