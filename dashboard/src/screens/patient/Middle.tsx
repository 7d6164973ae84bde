import type { ComponentChildren, JSX } from "preact";
import { t } from "../../i18n/language";
import { Icon } from "../../ui/icons";
import { COVERED, Cover } from "./Cover";
import { Marks } from "./Marks";
import type { Feedback } from "./settings";
import type { View } from "./view";

interface Props {
  name: string;
  view: View;
  /** The count of the last time; null where there is none to compare with. */
  before: number | null;
  feedback: Feedback;
  refused: boolean;
  children: ComponentChildren;
}

/** States that say something is wrong with the signal: in its own colour, with its own shape. */
const TECHNICAL: ReadonlySet<string> = new Set(["frozen", "sensor"]);

/** States in which the patient is asked something: nothing of this is seen. */
const ASKING: ReadonlySet<string> = new Set(["pain", "checkin"]);

/** The chart with the phase above it; or, where there is nothing to follow, words in its place. */
export function Middle({ name, view, before, feedback, refused, children }: Props): JSX.Element {
  const covered = COVERED.has(view.kind) || refused;
  const after = feedback === "after" && (view.kind === "running" || view.kind === "free");
  return (
    <section class="middle" data-covered={covered}>
      <div class="phase">{!covered && !ASKING.has(view.kind) && <Phase view={view} />}</div>
      <div class="chart">
        {children}
        {view.kind === "positioning" && <Checklist view={view} />}
        {view.kind === "countdown" && <p class="countdown">{view.digit}</p>}
        {TECHNICAL.has(view.kind) && <div class="veil" />}
        {after && <After view={view} />}
        {feedback === "band" && view.kind === "running" && <p class="hidden-dot">{t("patient.hidden")}</p>}
      </div>
      {covered && <Cover name={name} view={view} before={before} refused={refused} />}
    </section>
  );
}

function Phase({ view }: { view: View }): JSX.Element {
  const { kind, phase, digit } = view;
  if (kind === "running" || kind === "free") {
    if (phase === null) return <p class="word">{t("patient.free")}</p>;
    return (
      <>
        <p class="word">
          <Icon name={phase} />
          {t(`phase.${phase}`)}
        </p>
        {digit !== null && <p class="digit">{digit}</p>}
        <Hint view={view} />
      </>
    );
  }
  const technical = TECHNICAL.has(kind);
  return (
    <>
      <p class={technical ? "word technical" : "word"}>
        {technical && <Icon name="stale" />}
        {kind === "connecting" ? t("loading") : t(`patient.${kind}`)}
      </p>
      <p class="sub">{subOf(view)}</p>
    </>
  );
}

/** One hint at a time: a repetition that did not count, else the cadence. */
function Hint({ view }: { view: View }): JSX.Element | null {
  if (view.uncounted) {
    return (
      <p class="hint calm">
        <Icon name="uncounted" />
        <span>
          {t("patient.uncounted")}
          <small>{t("patient.uncountedHint")}</small>
        </span>
      </p>
    );
  }
  if (view.hint === null) return null;
  return (
    <p class="hint">
      <Icon name={view.hint} />
      {t(`hint.${view.hint}`)}
    </p>
  );
}

function subOf(view: View): string {
  switch (view.kind) {
    case "positioning":
      if (view.resuming === "cue") return t("patient.positioningSoon");
      return t(view.resuming === "patient" ? "patient.positioningOwn" : "patient.positioningWait");
    case "countdown":
      return t(view.seated ? "patient.countdownHint" : "patient.countdownBack");
    case "paused":
      return t("patient.pausedHint");
    case "interrupted":
      return t("patient.interruptedHint");
    case "sensor":
      return t("patient.sensorHint");
    case "halt":
      return t("patient.haltHint");
    case "release":
      return t("patient.releaseHint");
    case "stall":
      return t("patient.stallHint");
    default:
      return "";
  }
}

const CHECKED = ["belt", "pelvis", "handles"] as const;

/** What to see to before a set; on the way back only where to sit. The last line is seen by the machine itself. */
function Checklist({ view }: { view: View }): JSX.Element {
  return (
    <div class="checklist">
      {view.resuming === null && (
        <>
          <p class="label">{t("patient.check")}</p>
          <ul>
            {CHECKED.map((one) => (
              <li key={one}>
                <Icon name="turn" />
                {t(`patient.check.${one}`)}
              </li>
            ))}
          </ul>
        </>
      )}
      <p class="seat" data-seated={view.seated}>
        <Icon name={view.seated ? "inside" : "empty"} />
        {t(view.seated ? "patient.seated" : "patient.unseated")}
      </p>
    </div>
  );
}

/** Feedback after each repetition only: no target and no dot, the last result in their place. */
function After({ view }: { view: View }): JSX.Element {
  return (
    <div class="after">
      <p class="label">{t("patient.lastResult")}</p>
      {view.quality === null ? <p class="verdict">{t("patient.noResult")}</p> : <Marks quality={view.quality} worded />}
    </div>
  );
}
