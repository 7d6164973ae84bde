import type { JSX } from "preact";
import { t } from "../../i18n/language";
import { Icon } from "../../ui/icons";
import type { Asked, Press } from "./Patient";
import type { View } from "./view";

/** Both act on press-down; a click without a press comes from the keyboard or from assistive technology. */
function pressed(action: () => void): {
  onPointerDown: (event: PointerEvent) => void;
  onClick: (event: MouseEvent) => void;
} {
  return {
    onPointerDown: (event) => {
      if (event.button === 0) action();
    },
    onClick: (event) => {
      if (event.detail === 0) action();
    },
  };
}

const PAUSABLE: readonly string[] = ["running", "countdown", "free", "release"];

export function Buttons({ view, asked, press }: { view: View; asked: Asked; press: Press }): JSX.Element {
  const resume = view.kind === "paused" || view.kind === "interrupted";
  const pausable = resume || PAUSABLE.includes(view.kind);
  return (
    <footer class="buttons">
      <button type="button" class="pause" disabled={!pausable} {...pressed(press.pause)}>
        <Icon name={resume ? "resume" : "pause"} />
        <span>
          {t(resume ? "patient.resume" : "patient.pause")}
          <small>{t("patient.pauseKey")}</small>
        </span>
      </button>
      <div class="words">
        <p>{t("patient.stopAdvice")}</p>
        <p class="answer" role="status">
          {asked.pause === "unreached" && t("patient.notReached")}
          {asked.pause === "forbidden" && resume && t("patient.staffResumes")}
        </p>
      </div>
      <button type="button" class="stop" {...pressed(press.pain)}>
        <Icon name="pain" />
        <span>
          {t("patient.stopPain")}
          <small>{t("patient.stopKey")}</small>
        </span>
      </button>
    </footer>
  );
}
