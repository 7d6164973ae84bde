/** A patient's earlier sets to failure, by the alias as it is typed: what the repetitions in reserve rest on (decision 0247). */
import { type ReadonlySignal, type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { number, t } from "../../i18n/language";
import { browser } from "../../live/browser";
import type { PastSet, Plan } from "../../wire.gen";

const TYPED_MS = 300;
/** So long a plan waits for them. */
const PATIENCE_MS = 3000;

/** Of an alias; `sets` is null while they are not known: `asking`, or the service was not reached. */
export interface Earlier {
  alias: string;
  sets: readonly PastSet[] | null;
  asking: boolean;
}

/** What the service knows of the alias; of the plan's own alias what the plan holds, until the service has said. */
export function useEarlier(label: string, plan: Plan | null): Signal<Earlier> {
  const earlier = useSignal<Earlier>({ alias: label.trim(), sets: null, asking: true });
  useEffect(() => {
    const alias = label.trim();
    const held = alias === "" ? [] : alias === plan?.label ? (plan.past ?? null) : null;
    let over = false;
    earlier.value = { alias, sets: held, asking: alias !== "" };
    if (alias === "") return;
    const stop = browser.later(async () => {
      const sets = await asked(alias).catch(() => held);
      if (!over) earlier.value = { alias, sets, asking: false };
    }, TYPED_MS);
    return () => {
      over = true;
      stop();
    };
  }, [label]);
  return earlier;
}

/** The sets of the label's alias, as soon as the service has said, after 3 s as far as they are known; null = not known. */
export async function settled(earlier: ReadonlySignal<Earlier>, label: string): Promise<Earlier["sets"]> {
  const alias = label.trim();
  const own = () => (earlier.value.alias === alias ? earlier.value : null);
  const answered = () => own()?.asking === false;
  let leave = () => {};
  await new Promise<void>((resolve) => {
    const stop = browser.later(resolve, PATIENCE_MS);
    const unsubscribe = earlier.subscribe(() => {
      if (answered()) resolve();
    });
    leave = () => {
      stop();
      unsubscribe();
    };
  });
  leave();
  return own()?.sets ?? null;
}

async function asked(alias: string): Promise<PastSet[]> {
  const answer = await browser.ask(`/api/v1/earlier-sets?label=${encodeURIComponent(alias)}`);
  if (!answer.ok) throw new Error(`${answer.status}`);
  const { sets } = (await answer.json()) as { sets: PastSet[] };
  return sets.map(({ load_nm, repetitions, cycle_s }) => ({ load_nm, repetitions, cycle_s }));
}

/** "12 at 100 Nm, 10 at 100 Nm", oldest first. */
export function setsWords(sets: readonly PastSet[]): string {
  return sets
    .map(({ repetitions, load_nm }) =>
      load_nm === null
        ? number(repetitions)
        : t("plan.earlierSet", { n: number(repetitions), load: number(load_nm, Number.isInteger(load_nm) ? 0 : 1) }),
    )
    .join(", ");
}

/** One line below the alias. */
export function earlierWords({ sets, asking }: Earlier): string {
  if (sets === null) return t(asking ? "plan.earlierAsking" : "plan.earlierUnknown");
  return sets.length === 0 ? t("plan.earlierNone") : t("plan.earlierSets", { sets: setsWords(sets) });
}
