import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n/language";
import { Icon } from "./icons";
import { everyFrame, Pace } from "./loop";
import { useFailure } from "./Rescue";

/** How often the page says that it still draws. */
const SIGN_MS = 100;

/**
 * Covers a page that has stopped drawing (H01, F17). The compositor lets it down by itself after `after_ms`, also while this page's
 * own thread hangs, and right on waking from sleep; every repaint puts that off. So what nobody draws any more is not seen as live.
 */
export function Shield({ after_ms, hint }: { after_ms: number; hint: string }): JSX.Element {
  const shield = useRef<HTMLDivElement>(null);
  const failed = useFailure();
  useEffect(() => {
    const fall = shield.current?.animate(
      { transform: ["translateY(-200%)", "translateY(-200%)", "none"], offset: [0, 1, 1] },
      { duration: after_ms, fill: "forwards" },
    );
    const pace = new Pace(SIGN_MS);
    return everyFrame((now) => {
      if (fall !== undefined && pace.due(now)) {
        fall.currentTime = 0;
        if (fall.playState !== "running") fall.play();
      }
    }, failed);
  }, [after_ms]);
  return (
    <div class="shield" ref={shield} aria-hidden="true">
      <div class="title">
        <Icon name="stale" />
        {t("shield")}
      </div>
      <div>{hint}</div>
    </div>
  );
}
