import type { JSX } from "preact";
import { t } from "../i18n/language";

/** Steps each second as long as the page is drawn: a picture that stands still is seen to. */
export function Beat({ at }: { at: number }): JSX.Element {
  return (
    <span class="beat" title={t("beat")}>
      <span class="dots" data-at={at % 4} aria-hidden="true" />
    </span>
  );
}

/** Where the beat is at a time of this page. */
export function beatAt(local_ms: number): number {
  return Math.floor(local_ms / 1000) % 4;
}
