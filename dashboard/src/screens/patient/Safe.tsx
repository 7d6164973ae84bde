import type { JSX } from "preact";
import { t } from "../../i18n/language";
import { Icon } from "../../ui/icons";
import { StopButton } from "./Buttons";
import { callWords } from "./called";
import type { Outcome } from "./telling";

interface Props {
  /** What became of a press here; null = none. */
  pressed: Outcome | "telling" | null;
  stop: () => void;
}

/** What stands where nothing can be drawn: no cue, what to do, and the way to stop. */
export function Safe({ pressed, stop }: Props): JSX.Element {
  const { title, hint } =
    pressed === null ? ({ title: "patient.safe", hint: "patient.safeHint" } as const) : callWords(pressed);
  return (
    <main class="patient safe" data-kind="safe">
      <div class="cover" role="alert">
        <h1 class="title technical">
          <Icon name="stale" />
          {t(title)}
        </h1>
        <p>{t(hint)}</p>
      </div>
      <footer class="buttons">
        <StopButton stop={stop} />
      </footer>
    </main>
  );
}
