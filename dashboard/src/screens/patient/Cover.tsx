import type { ComponentChildren, JSX } from "preact";
import { counted, minutes, number, t, timeOfDay } from "../../i18n/language";
import { Icon, type IconName } from "../../ui/icons";
import type { Result, View } from "./view";

/** States in which there is nothing to follow: words stand in the chart's place. */
export const COVERED: ReadonlySet<string> = new Set([
  "idle",
  "unreleased",
  "rest",
  "done",
  "ended",
  "broken",
  "offline",
  "silent",
  "restarting",
  "lost",
  "connecting",
]);

interface Props {
  name: string;
  view: View;
  before: number | null;
  /** The service knows no such machine, or this screen may not see it. */
  refused: boolean;
}

export function Cover({ name, view, before, refused }: Props): JSX.Element {
  if (refused) {
    return (
      <Words title={t("patient.unknown")}>
        <p>{t("patient.unknownHint", { machine: name })}</p>
      </Words>
    );
  }
  switch (view.kind) {
    case "idle":
      return (
        <Words title={t("patient.idle")} above={<Greeting at={view.time} />}>
          <p>{t("patient.idleHint")}</p>
        </Words>
      );
    case "unreleased":
      return (
        <Words title={t("patient.unreleased")} icon="locked" technical>
          <p>{t(`refusal.${view.refusal ?? "conflict"}`)}</p>
          <p>{t("patient.unreleasedHint")}</p>
        </Words>
      );
    case "rest":
      return <Rest view={view} before={before} />;
    case "done":
      return (
        <Words title={t("patient.done")} icon="done">
          {view.result !== null && <Facts result={view.result} before={before} />}
          <p>{t("patient.doneThanks")}</p>
        </Words>
      );
    case "ended":
    case "broken":
      // Beside the last time stands only what was brought to its end.
      return (
        <Words title={t(`patient.${view.kind}`)}>
          {view.result !== null && <Facts result={view.result} before={null} />}
        </Words>
      );
    case "lost":
      return (
        <Words title={t("patient.lost")} icon="stale" technical>
          <p>{t("patient.lostHint")}</p>
        </Words>
      );
    case "restarting":
      return (
        <Words title={t("patient.restarting")} icon="stale" technical>
          <p>{t("patient.restartingHint")}</p>
        </Words>
      );
    case "silent":
      return (
        <Words title={t("patient.silent")} icon="stale" technical>
          <p>{t("patient.silentHint")}</p>
        </Words>
      );
    case "offline":
      return (
        <Words title={t("patient.offline")} icon="offline">
          <p>{t("patient.offlineHint")}</p>
        </Words>
      );
    default:
      return <Words title={t("loading")} />;
  }
}

interface WordsProps {
  title: string;
  icon?: IconName;
  technical?: boolean;
  above?: ComponentChildren;
  children?: ComponentChildren;
}

function Words({ title, icon, technical, above, children }: WordsProps): JSX.Element {
  return (
    <div class="cover">
      {above}
      <p class={technical ? "title technical" : "title"}>
        {icon !== undefined && <Icon name={icon} />}
        {title}
      </p>
      {children}
    </div>
  );
}

function Greeting({ at }: { at: number }): JSX.Element {
  return (
    <div class="greeting">
      <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <path d="M3 23H8L14 9H19L24 23H29" class="line" />
        <circle cx="16.5" cy="9" r="4" class="dot" />
      </svg>
      <time>{timeOfDay(new Date(at)).slice(0, 5)}</time>
    </div>
  );
}

/** Three facts of a set. */
function Facts({ result, before }: { result: Result; before: number | null }): JSX.Element {
  const { count, full, hold_s, duration_s } = result;
  return (
    <ul class="facts">
      <li>
        <strong>{number(count)}</strong>
        <span>{counted("patient.doneCount", count)}</span>
        {full < count && <span class="aside">{counted("patient.doneFull", full)}</span>}
        {before !== null && <span class="aside">{t("patient.doneBefore", { n: number(before) })}</span>}
      </li>
      {hold_s !== null && (
        <li>
          <strong>{number(hold_s, 1)}&nbsp;s</strong>
          <span>{t("patient.doneHold")}</span>
        </li>
      )}
      {duration_s !== null && (
        <li>
          <strong>{minutes(duration_s)}</strong>
          <span>{t("patient.doneTime")}</span>
        </li>
      )}
    </ul>
  );
}

/** The ring closes with the rest; around what is left of it. */
function Rest({ view, before }: { view: View; before: number | null }): JSX.Element {
  const around = 2 * Math.PI * 54;
  return (
    <div class="cover rest">
      <p class="title">{t("patient.rest")}</p>
      <div class="ring">
        <svg viewBox="0 0 120 120" aria-hidden="true" focusable="false">
          <circle cx="60" cy="60" r="54" class="whole" />
          <circle
            cx="60"
            cy="60"
            r="54"
            class="over"
            stroke-dasharray={around}
            stroke-dashoffset={around * (1 - view.share)}
          />
        </svg>
        <p class="left">{minutes(view.digit ?? 0)}</p>
      </div>
      {view.result !== null && <Facts result={view.result} before={before} />}
    </div>
  );
}
