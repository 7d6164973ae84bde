import type { JSX } from "preact";
import { t } from "../i18n/language";
import { Languages } from "../ui/Languages";

export function SignIn(): JSX.Element {
  return (
    <main class="plain">
      <h1>{t("signIn.title")}</h1>
      <p>{t("signIn.how")}</p>
      <p>{t("signIn.again")}</p>
      <button type="button" onClick={() => location.reload()}>
        {t("signIn.retry")}
      </button>
      <Languages />
    </main>
  );
}

export function Unreached(): JSX.Element {
  return (
    <main class="plain">
      <h1>{t("down.title")}</h1>
      <p>{t("down.hint")}</p>
      <Languages />
    </main>
  );
}

export function Missing(): JSX.Element {
  return (
    <main class="plain">
      <h1>{t("missing.title")}</h1>
      <a href="/wall">{t("missing.go")}</a>
    </main>
  );
}
