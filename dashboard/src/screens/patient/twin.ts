/** The canvas in words, for one polite live region: a state at a time, at most one in two seconds (WCAG 4.1.3). */
import { counted, number, t } from "../../i18n/language";
import type { View } from "./view";

const EVERY_MS = 2000;

export function words(view: View): string {
  const repetition =
    view.most === null
      ? t("repetitionPlain", { n: view.current })
      : t("repetitionOf", { n: view.current, most: view.most });
  switch (view.kind) {
    case "running":
    case "free":
      return [view.phase === null ? null : t(`phase.${view.phase}`), repetition].filter(Boolean).join(". ");
    case "countdown":
      return `${t("patient.countdown")} ${view.digit ?? ""}`;
    case "done":
    case "ended":
    case "broken":
      return view.result === null
        ? t(`patient.${view.kind}`)
        : `${t(`patient.${view.kind}`)}. ${number(view.result.count)} ${counted("patient.doneCount", view.result.count)}`;
    case "connecting":
      return "";
    default:
      return t(`patient.${view.kind}`);
  }
}

/** Lets a text through when it is new and the last one is old enough. */
export class Speaker {
  private said = "";
  private at_ms = Number.NEGATIVE_INFINITY;

  say(text: string, now_ms: number): string {
    if (text !== this.said && now_ms - this.at_ms >= EVERY_MS) {
      this.said = text;
      this.at_ms = now_ms;
    }
    return this.said;
  }
}
