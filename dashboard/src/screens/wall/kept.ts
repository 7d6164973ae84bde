/** What is and isn't kept, in a sentence for staff (robustness F08-F11, F18, F20). Pure. */
import { number, span, t } from "../../i18n/language";
import type { Kept } from "../../live/keeping";
import type { IconName } from "../../ui/icons";

export interface KeptNote {
  tone: "stop" | "technical" | "plain";
  icon: IconName;
  text: string;
}

/** The protocol's major version that this page and its service speak. */
const OURS = "1";

export function keptNote(kept: Kept): KeptNote {
  switch (kept.kind) {
    case "conflict":
      return { tone: "stop", icon: "double", text: t("kept.conflict") };
    case "outdated":
      return { tone: "technical", icon: "stale", text: t("kept.outdated", { theirs: kept.version, ours: OURS }) };
    case "unrecorded":
      return { tone: "technical", icon: "store", text: t(`kept.unrecorded.${kept.code ?? "disk_failed"}`) };
    case "full":
      return { tone: "technical", icon: "store", text: t("kept.full") };
    case "backlog": {
      const seconds = span(kept.seconds);
      const text =
        kept.eta_s === null ? t("kept.waiting", { seconds }) : t("kept.backlog", { seconds, eta: span(kept.eta_s) });
      return { tone: "plain", icon: "behind", text };
    }
    case "filling":
      return { tone: "technical", icon: "store", text: t("kept.filling", { share: number(100 * kept.share) }) };
    case "backfilled":
      return { tone: "plain", icon: "behind", text: t("kept.backfilled", { seconds: span(kept.seconds) }) };
  }
}
