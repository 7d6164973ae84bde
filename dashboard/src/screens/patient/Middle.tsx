import type { ComponentChildren, JSX } from "preact";
import { counted, minutes, t } from "../../i18n/language";
import { Icon } from "../../ui/icons";
import type { Asked } from "./Patient";
import type { View } from "./view";

interface Props {
  name: string;
  view: View;
  asked: Asked;
  /** The service knows no such machine, or this screen may not see it. */
  refused: boolean;
  children: ComponentChildren;
}

const COVERED = new Set(["idle", "done", "pain", "offline", "lost", "connecting"]);

/** What comes before the cue, and who begins it. */
function positioningHint({ refusal, resuming }: View): string {
  if (resuming) return t("patient.positioningSoon");
  if (refusal !== null) return t(`refusal.${refusal}`);
  return `${t("patient.positioningHint")}. ${t("patient.positioningWait")}`;
}

/** The chart with the phase above it; or, where there is nothing to follow, words in its place. */
export function Middle({ name, view, asked, refused, children }: Props): JSX.Element {
  const covered = COVERED.has(view.kind) || refused;
  return (
    <section class="middle" data-covered={covered}>
      <div class="phase">{!covered && <Phase view={view} />}</div>
      <div class="chart">
        {children}
        {view.kind === "countdown" && <p class="countdown">{view.digit}</p>}
        {(view.kind === "frozen" || view.kind === "sensor") && <div class="veil" />}
      </div>
      {covered && <Cover name={name} view={view} asked={asked} refused={refused} />}
    </section>
  );
}

function Phase({ view }: { view: View }): JSX.Element {
  const { kind, phase, digit, hint } = view;
  if (kind === "running" || kind === "free") {
    if (phase === null) return <p class="word">{t("patient.free")}</p>;
    return (
      <>
        <p class="word">
          <Icon name={phase} />
          {t(`phase.${phase}`)}
        </p>
        {digit !== null && <p class="digit">{digit}</p>}
        {hint !== null && (
          <p class="hint">
            <Icon name={hint} />
            {t(`hint.${hint}`)}
          </p>
        )}
      </>
    );
  }
  if (kind === "connecting") return <p class="word">{t("loading")}</p>;
  const word = kind === "frozen" || kind === "sensor";
  return (
    <>
      <p class={word ? "word technical" : "word"}>
        {word && <Icon name="stale" />}
        {t(`patient.${kind}`)}
      </p>
      <p class="sub">
        {kind === "positioning" && positioningHint(view)}
        {kind === "paused" && t("patient.pausedHint")}
        {kind === "interrupted" && t("patient.interruptedHint")}
        {kind === "sensor" && t("patient.sensorHint")}
        {kind === "halt" && t("patient.haltHint")}
        {kind === "release" && t("patient.releaseHint")}
      </p>
    </>
  );
}

function Cover({ name, view, asked, refused }: Omit<Props, "children">): JSX.Element {
  if (refused) {
    return (
      <div class="cover">
        <p class="title">{t("patient.unknown")}</p>
        <p>{t("patient.unknownHint", { machine: name })}</p>
      </div>
    );
  }
  switch (view.kind) {
    case "pain":
      return (
        <div class="cover" role="alert">
          <p class="title">{t("patient.pain")}</p>
          <p>{t(painKey(asked))}</p>
        </div>
      );
    case "done":
      return (
        <div class="cover">
          <p class="title">
            <Icon name="done" />
            {t("patient.done")}
          </p>
          {view.done !== null && (
            <ul class="facts">
              <li>{counted("patient.doneCount", view.done.count)}</li>
              {view.done.full < view.done.count && <li>{counted("patient.doneFull", view.done.full)}</li>}
              {view.done.duration_s !== null && (
                <li>{t("patient.doneTime", { time: minutes(view.done.duration_s) })}</li>
              )}
            </ul>
          )}
          <p>{t("patient.doneThanks")}</p>
        </div>
      );
    case "lost":
      return (
        <div class="cover">
          <p class="title technical">
            <Icon name="stale" />
            {t("patient.lost")}
          </p>
          <p>{t("patient.lostHint")}</p>
        </div>
      );
    case "offline":
      // In a set it is the sensor that is away (F05), and somebody sits strapped in.
      if (view.set !== null) {
        return (
          <div class="cover">
            <p class="title technical">
              <Icon name="stale" />
              {t("patient.restarting")}
            </p>
            <p>{t("patient.restartingHint")}</p>
          </div>
        );
      }
      return (
        <div class="cover">
          <p class="title">{t("patient.offline")}</p>
          <p>{t("patient.offlineHint")}</p>
        </div>
      );
    case "idle":
      return (
        <div class="cover">
          <p class="title">{t("patient.idle")}</p>
          <p>{t(view.refusal === null ? "patient.idleHint" : `refusal.${view.refusal}`)}</p>
        </div>
      );
    default:
      return (
        <div class="cover">
          <p class="title">{t("loading")}</p>
        </div>
      );
  }
}

function painKey(asked: Asked): "patient.painTold" | "patient.painTelling" | "patient.painUntold" {
  if (asked.pain === null || asked.pain === "told") return "patient.painTold";
  return asked.pain === "telling" ? "patient.painTelling" : "patient.painUntold";
}
