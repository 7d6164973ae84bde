import type { ComponentChildren, JSX } from "preact";
import { t } from "../../i18n/language";
import type { View } from "./view";

/** Which repetition, how the last one was, how much torque. */
export function Side({ view, children }: { view: View; children: ComponentChildren }): JSX.Element {
  const { quality } = view;
  return (
    <aside class="side" aria-label={t("repetition")}>
      <p class="label">{t("repetition")}</p>
      <p class="count">
        <span class="now">{view.current}</span>
        {view.most !== null && <span class="most">{t("ofMost", { most: view.most })}</span>}
      </p>
      {view.last && <p class="last">{t("patient.last")}</p>}
      {view.gapped && <p class="gapped">{t("patient.gapped")}</p>}
      {quality !== null && (
        <p class="marks" role="img" aria-label={t("patient.quality", { n: quality })}>
          {[1, 2, 3].map((mark) => (
            <span key={mark} data-full={mark <= quality} />
          ))}
        </p>
      )}
      <div class="torque">
        <p class="label">{t("torque")}</p>
        <div class="bar" aria-hidden="true">
          {children}
        </div>
      </div>
    </aside>
  );
}
