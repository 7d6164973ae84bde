import type { ComponentChildren, JSX } from "preact";
import type { Key } from "../../i18n/en";
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

const WORDS: Readonly<Record<Unanswered["why"], { title: Key; hint: Key | null }>> = {
  unknown: { title: "record.unknown", hint: "record.unknownHint" },
  forbidden: { title: "signIn.title", hint: null },
  gone: { title: "replay.gone", hint: "replay.goneHint" },
  damaged: { title: "replay.unreadable", hint: "replay.unreadableHint" },
  unanalysed: { title: "replay.unanalysed", hint: null },
  failed: { title: "failed.title", hint: "down.hint" },
  down: { title: "down.title", hint: "down.hint" },
};

/** In a record's place: it is being asked for, not known, not for this reader, or not to be had. `children` lead elsewhere. */
export function Nothing({ why, children }: { why: Unanswered | null; children?: ComponentChildren }): JSX.Element {
  if (why?.why === "forbidden") return <SignIn />;
  const { title, hint } = why === null ? { title: "loading" as const, hint: null } : WORDS[why.why];
  return (
    <Desk here="">
      <h1>{t(title)}</h1>
      {why !== null && <Told why={why} />}
      {hint !== null && <p>{t(hint)}</p>}
      {why?.why === "unanalysed" && (
        <button type="button" class="more" onClick={() => location.reload()}>
          {t("signIn.retry")}
        </button>
      )}
      {children}
    </Desk>
  );
}

/** Beside what is there already: why there is nothing newer. */
export function Outdated({ why }: { why: Unanswered }): JSX.Element {
  const { title, hint } = WORDS[why.why];
  return (
    <div role="status" class="old">
      <p>
        {t(title)}.{hint !== null && ` ${t(hint)}`}
      </p>
      <Told why={why} />
    </div>
  );
}

/** What the service itself says is wrong; it speaks English. */
function Told({ why }: { why: Unanswered }): JSX.Element | null {
  if (why.detail === "" || why.why === "unknown" || why.why === "gone") return null;
  return (
    <p class="detail" lang="en">
      {why.detail}
    </p>
  );
}
