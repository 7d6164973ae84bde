import type { ComponentChildren, JSX } from "preact";
import { t } from "../../i18n/language";
import { Marks } from "./Marks";
import type { View } from "./view";

/** Which repetition, how the last one was, how much torque. */
export function Side({ view, children }: { view: View; children: ComponentChildren }): JSX.Element {
  return (
    <aside class="side" aria-label={t("repetition")}>
      <p class="label">{t("repetition")}</p>
      <p class="count">
        <span class="now">{view.current}</span>
        {view.most !== null && <span class="most">{t("ofMost", { most: view.most })}</span>}
      </p>
      {view.last && <p class="last">{t("patient.last")}</p>}
      {view.gapped && <p class="gapped">{t("patient.gapped")}</p>}
      {view.quality !== null && <Marks quality={view.quality} />}
      <div class="torque">
        <p class="label">{t("torque")}</p>
        <div class="bar" aria-hidden="true">
          {children}
        </div>
      </div>
    </aside>
  );
}
