import type { ComponentChildren, JSX } from "preact";
import { t } from "../../i18n/language";
import { Languages } from "../../ui/Languages";
import { SignIn } from "../plain";
import type { Unanswered } from "./asking";

/** A page for a desk: light, for reading and printing. */
export function Desk({ here, children }: { here: string | null; children: ComponentChildren }): JSX.Element {
  return (
    <div class="desk">
      <nav aria-label={t("product")}>
        <a href="/wall">{t("wall")}</a>
        <a href="/sessions" aria-current={here === null ? "page" : undefined}>
          {t("record.sessions")}
        </a>
        <span class="push" />
        <Languages />
      </nav>
      <main>{children}</main>
    </div>
  );
}

/** A table that scrolls in its own box where it is wider than the page; the keyboard reaches that. */
export function Table({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard (WCAG 2.1.1).
    <section class="table" aria-label={name} tabIndex={0}>
      {children}
    </section>
  );
}

/** In a record's place: it is being asked for, not known, or not for this reader. */
export function Nothing({ why }: { why: Unanswered["why"] | null }): JSX.Element {
  if (why === "forbidden") return <SignIn />;
  return (
    <Desk here="">
      <h1>{t(why === null ? "loading" : why === "unknown" ? "record.unknown" : "down.title")}</h1>
      {why === "down" && <p>{t("down.hint")}</p>}
      {why === "unknown" && <p>{t("record.unknownHint")}</p>}
    </Desk>
  );
}
