import type { ComponentChildren, JSX } from "preact";
import { number, t } from "../../i18n/language";
import { Beat } from "../../ui/Beat";
import { Feed } from "../../ui/Feed";
import type { View } from "./view";

/** Who, what, which set, and how fresh it all is. */
export function TopBar({
  name,
  view,
  children,
}: {
  name: string;
  view: View;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <header class="top">
      <div class="whose">
        <p class="alias">{view.label ?? name}</p>
        {view.version !== null && <p class="version">{t("patient.planVersion", { version: view.version })}</p>}
      </div>
      {view.load_nm !== null && (
        <p class="load">
          <span>{t("patient.exercise")}</span> {number(view.load_nm)}&nbsp;Nm
        </p>
      )}
      <span class="push" />
      {view.set !== null && <p>{t("set", { n: view.set })}</p>}
      {view.unrecorded && <p class="unrecorded">{t("patient.unrecorded")}</p>}
      {view.slow && view.feed === "live" && <p class="slow">{t("patient.slow")}</p>}
      <Beat at={view.beat} />
      <Feed state={view.feed} age={view.age} />
      {children}
    </header>
  );
}
