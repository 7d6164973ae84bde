import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { t } from "../../i18n/language";
import type { Plan } from "../../wire.gen";
import { parameters, versions } from "../replay/asking";
import { BaseChoice } from "../replay/BaseChoice";
import { planOf, type Texts } from "../replay/otherplan";
import { PlanFields } from "../replay/PlanFields";
import { type Base, type Order, type Parameter, startOf, typed, type Version, written } from "../replay/rerun";
import { VersionOptions } from "../replay/VersionOptions";

/** What is to be otherwise in all of them: parameters by name, the plan, or another installed version. */
export function Otherwise({
  busy,
  like,
  run,
}: {
  busy: boolean;
  /** The plan that another one starts from. */
  like: Plan | null;
  run: (order: Order) => void;
}): JSX.Element {
  const known = useSignal<readonly Parameter[]>([]);
  const installed = useSignal<readonly Version[]>([]);
  const version = useSignal("");
  const base = useSignal<Base>("recorded");
  const given = useSignal<readonly { name: string; text: string }[]>([{ name: "", text: "" }]);
  const plan = useSignal<Texts | null>(null);
  const wrong = useSignal<string | null>(null);
  useEffect(() => {
    void parameters()
      .then((found) => {
        known.value = found;
      })
      .catch(() => undefined);
    void versions().then((found) => {
      installed.value = found;
    });
  }, []);
  const change = (at: number, one: Partial<{ name: string; text: string }>) => {
    const next = given.value.map((before, n) => (n === at ? { ...before, ...one } : before));
    // There is always an empty line to go on with.
    given.value = next.at(-1)?.name === "" ? next : [...next, { name: "", text: "" }];
  };
  const submit = () => {
    const chosen = given.value.filter(({ name }) => name !== "");
    const bad = chosen.find(({ name, text }) => typed(text) === null || !known.value.some((one) => one.name === name));
    wrong.value = bad === undefined ? null : bad.name;
    if (bad !== undefined) return;
    if (version.value !== "") run({ version: version.value });
    else {
      const values = Object.fromEntries(chosen.map(({ name, text }) => [name, typed(text) ?? 0]));
      const order: Order = { parameters: values, base: base.value };
      run(plan.value === null ? order : { ...order, plan: planOf(plan.value) as Plan });
    }
  };
  return (
    <form
      class="otherwise"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <p>{t("bulk.hint")}</p>
      {installed.value.length > 1 && (
        <label>
          {t("replay.version")}
          <select value={version.value} onChange={(event) => (version.value = event.currentTarget.value)}>
            <VersionOptions installed={installed.value} />
          </select>
        </label>
      )}
      {version.value === "" && (
        <>
          <BaseChoice base={base} known={known.value} />
          {base.value === "recorded" && <p>{t("bulk.base")}</p>}
          <datalist id="parameters">
            {known.value.map(({ name, unit, source }) => (
              <option key={name} value={name} label={`${unit} · ${source}`} />
            ))}
          </datalist>
          <ul class="given">
            {given.value.map(({ name, text }, n) => {
              const one = known.value.find((each) => each.name === name);
              const start = one === undefined ? null : startOf(one, base.value);
              const blank = one === undefined ? "" : t("bulk.asRecorded");
              return (
                <li key={n}>
                  <input
                    list="parameters"
                    value={name}
                    spellcheck={false}
                    aria-label={t("bulk.parameter")}
                    placeholder={t("bulk.parameter")}
                    onInput={(event) => change(n, { name: event.currentTarget.value.trim() })}
                  />
                  <input
                    class="value"
                    inputMode="decimal"
                    value={text}
                    aria-label={t("bulk.value", { name: name === "" ? "–" : name })}
                    placeholder={start === null ? blank : written(start)}
                    onInput={(event) => change(n, { text: event.currentTarget.value })}
                  />
                  <span class="unit">{one?.unit ?? ""}</span>
                </li>
              );
            })}
          </ul>
          <PlanFields plan={plan} recorded={like} />
          {plan.value !== null && <p>{t("bulk.plan")}</p>}
        </>
      )}
      {wrong.value !== null && (
        <p class="wrong" role="alert">
          <code>{wrong.value}</code> {t("bulk.wrong")}
        </p>
      )}
      <button type="submit" class="main" disabled={busy}>
        {t("bulk.run")}
      </button>
    </form>
  );
}
