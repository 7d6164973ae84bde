import type { JSX } from "preact";
import { t } from "../i18n/language";
import { Icon } from "./icons";

/** What stands where a page for staff can't be drawn: that it can't, and what to do. */
export function Blind(): JSX.Element {
  return (
    <main class="plain">
      <div class="blind" role="alert">
        <h1>
          <Icon name="stale" />
          {t("blind")}
        </h1>
        <p>{t("blindHint")}</p>
      </div>
    </main>
  );
}
