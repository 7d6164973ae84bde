import type { JSX } from "preact";
import { number, t } from "../../i18n/language";
import { Beat } from "../../ui/Beat";
import { Feed } from "../../ui/Feed";
import { Languages } from "../../ui/Languages";
import type { View } from "./view";

export function TopBar({ name, view }: { name: string; view: View }): JSX.Element {
  return (
    <header class="top">
      <p class="alias">{view.label ?? name}</p>
      {view.load_nm !== null && <p class="load">{number(view.load_nm)} Nm</p>}
      <span class="push" />
      {view.set !== null && <p>{t("set", { n: view.set })}</p>}
      {view.unrecorded && <p class="unrecorded">{t("patient.unrecorded")}</p>}
      <Beat at={view.beat} />
      <Feed state={view.feed} age={view.age} />
      <Languages />
    </header>
  );
}
