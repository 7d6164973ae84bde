import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { moment, number, t } from "../../i18n/language";
import type { AnyEvent, Plan } from "../../wire.gen";
import { events as eventsOfSession, sessionsOf } from "../record/asking";
import { alike, change, FIGURES, type Figures, figuresOf, shown } from "./summary";

interface Props {
  machine: string;
  session: string;
  set: number;
  plan: Plan | null;
  figures: Figures;
}

interface Before {
  when: string;
  figures: Figures;
}

/** A set beside the last one at the same load on this machine, of the same alias. */
export function Compared({ machine, session, set, plan, figures }: Props): JSX.Element {
  /** undefined: not known yet; null: there is none. */
  const before = useSignal<Before | null | undefined>(undefined);
  const load = plan?.load_nm ?? null;
  const label = plan?.label ?? null;
  useEffect(() => {
    let over = false;
    before.value = undefined;
    const look = async () => {
      const found =
        load === null || label === null ? null : await lastTime(machine, session, set, plan).catch(() => null);
      if (!over) before.value = found;
    };
    void look();
    return () => {
      over = true;
    };
  }, [machine, session, set, load, label]);

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard (WCAG 2.1.1).
    <section class="compared" aria-label={t("compare.title")} tabIndex={0}>
      <h3>{t("compare.title")}</h3>
      {before.value ? (
        <table>
          <thead>
            <tr>
              <th scope="col" class="words">
                <span class="unseen">{t("figure.name")}</span>
              </th>
              <th scope="col">{t("compare.now")}</th>
              <th scope="col">{t("compare.before", { when: before.value.when })}</th>
              <th scope="col">{t("compare.change")}</th>
            </tr>
          </thead>
          <tbody>
            {FIGURES.map((figure) => {
              const then = before.value?.figures[figure] ?? null;
              return (
                <tr key={figure}>
                  <th scope="row" class="words">
                    {t(`figure.${figure}`)}
                  </th>
                  <td>{shown(figure, figures[figure])}</td>
                  <td>{shown(figure, then)}</td>
                  <td>{change(figure, figures[figure], then)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      ) : (
        <p class="none">
          {before.value === undefined
            ? t("compare.looking")
            : load === null
              ? t("compare.noLoad")
              : label === null
                ? t("compare.noLabel")
                : t("compare.none", { load: number(load) })}
        </p>
      )}
    </section>
  );
}

/** The same set of the newest earlier session that is alike; its last one, where it had fewer. */
async function lastTime(machine: string, session: string, set: number, plan: Plan | null): Promise<Before | null> {
  const items = await sessionsOf(machine);
  const at = items.findIndex((item) => item.session === session);
  const earlier = items
    .slice(at + 1)
    .find(
      (item) => item.session !== session && item.ended_utc !== null && item.sets.length > 0 && alike(plan, item.plan),
    );
  if (earlier === undefined) return null;
  const told = await eventsOfSession(earlier.session, earlier.final ? "final" : "live");
  const same = earlier.sets.some((each) => each.set === set) ? set : (earlier.sets.at(-1)?.set ?? set);
  const figures = figuresOf((told ?? []) as unknown as AnyEvent[], same);
  return figures === null ? null : { when: moment(earlier.started_utc), figures };
}
