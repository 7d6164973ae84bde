import type { JSX } from "preact";
import { useLayoutEffect, useMemo } from "preact/hooks";
import { minutes, moment, t } from "../../i18n/language";
import { Icon } from "../../ui/icons";
import { Desk, Nothing, Outdated } from "../record/Desk";
import { Bench } from "./bench";
import { actOf, HELP, scrolls } from "./keys";
import { Picture } from "./Picture";
import { Side } from "./Side";
import { Transport } from "./Transport";

/** Where typing and choosing mean what they mean everywhere. */
const OWN_KEYS = "input:not([type=checkbox]), select, textarea";
/** Keys by which these are worked. */
const PRESSES = "button, a, input, summary";
/** Clicked, these don't keep the focus. */
const CLICKED = "button, a, summary";

/** A recorded session on the engineer's bench: every signal and event on one axis of time, and what another analysis would have said. */
export function Replay({ id }: { id: string }): JSX.Element {
  const bench = useMemo(() => new Bench(id), [id]);
  useLayoutEffect(() => {
    void bench.start();
    const press = (event: KeyboardEvent) => {
      const at = event.target as Element;
      if (at.matches(OWN_KEYS) || (at.matches(PRESSES) && (event.key === " " || event.key === "Enter"))) return;
      if (at.closest(".scrolled") !== null && scrolls(event)) return;
      if (event.key === "Escape") {
        bench.help.value = false;
        for (const menu of document.querySelectorAll(".menu[open]")) menu.removeAttribute("open");
      }
      const act = actOf(event);
      if (act === null) return;
      event.preventDefault();
      bench.act(act);
    };
    // Who points goes on by the keys of the page; who came by the keyboard (`detail` 0) stays where he is.
    const leave = ({ detail, target }: MouseEvent) => {
      if (detail > 0) (target as Element).closest<HTMLElement>(CLICKED)?.blur();
    };
    const visit = () => void bench.visit();
    addEventListener("keydown", press);
    // Before the button acts: what follows from that must not take its focus for the keyboard's.
    addEventListener("click", leave, true);
    addEventListener("hashchange", visit);
    return () => {
      removeEventListener("keydown", press);
      removeEventListener("click", leave, true);
      removeEventListener("hashchange", visit);
      bench.close();
    };
  }, [bench]);

  const record = bench.record.value;
  const whole = bench.whole.value;
  const loading = whole === null;
  const address = `/sessions/${encodeURIComponent(id)}`;
  if (record === null || (loading && bench.why.value !== null))
    return (
      <Nothing why={bench.why.value}>
        {record !== null && (
          <p>
            <a href={address}>{t("replay.toRecord")}</a>
          </p>
        )}
      </Nothing>
    );
  return (
    <Desk here={t("replay.title")}>
      <div
        class="bench"
        data-screen={bench.screen.value}
        data-loading={loading}
        style={{ "--panels": bench.panels.value.length }}
      >
        <header>
          <h1>{record.plan?.label ?? t("record.session")}</h1>
          <p class="about">
            <span>{record.machine}</span>
            <span>{moment(record.started_utc)}</span>
            <span>
              {loading
                ? t("loading")
                : bench.open.value
                  ? t("record.running")
                  : t("record.lasted", { time: minutes(bench.length_s) })}
            </span>
            <a href={address}>{t("replay.toRecord")}</a>
          </p>
          {bench.why.value !== null && <Outdated why={bench.why.value} />}
          {whole?.about.damage !== undefined && (
            <p class="damage">
              <Icon name="stale" />
              {t("replay.damaged", { words: whole.about.damage })}
            </p>
          )}
        </header>
        <Transport bench={bench} />
        {bench.help.value && <Help bench={bench} />}
        <Picture bench={bench} />
        <Side bench={bench} />
      </div>
    </Desk>
  );
}

function Help({ bench }: { bench: Bench }): JSX.Element {
  return (
    <section class="help" aria-label={t("replay.keys")}>
      <dl>
        {HELP.map(({ keys, text }) => (
          <div key={text}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{t(text)}</dd>
          </div>
        ))}
      </dl>
      <p>{t("replay.mouse")}</p>
      <button type="button" onClick={() => bench.act({ do: "help" })}>
        {t("replay.close")}
      </button>
    </section>
  );
}
