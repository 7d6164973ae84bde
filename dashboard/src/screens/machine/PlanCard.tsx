import type { JSX } from "preact";
import { named, number, t } from "../../i18n/language";
import { versionOf } from "../../live/version";
import type { Display, Plan } from "../../wire.gen";
import { setsWords } from "./earlier";

interface Props {
  plan: Plan | null;
  editable: boolean;
  /** The machine takes on no new session: its storage is full. */
  full: boolean;
  onEdit: () => void;
}

/** The plan as it stands. */
export function PlanCard({ plan, editable, full, onEdit }: Props): JSX.Element {
  return (
    <section class="card plan" aria-label={t("plan.title")}>
      <h2>{t("plan.title")}</h2>
      {plan === null ? <p class="none">{t("plan.none")}</p> : <Facts plan={plan} />}
      <button type="button" aria-disabled={!editable} onClick={() => editable && onEdit()}>
        {t(plan === null ? "plan.give" : "plan.edit")}
      </button>
      {!editable && <p class="hint">{t(full ? "refusal.full" : "plan.running")}</p>}
    </section>
  );
}

function Facts({ plan }: { plan: Plan }): JSX.Element {
  const { range, tempo, repetitions, endpoint, display, past = [] } = plan;
  const facts: [string, string][] = [
    [t("plan.range"), t("plan.rangeValue", { flexion: show(range.flexion_deg), extension: show(range.extension_deg) })],
    [
      t("plan.tempo"),
      t("plan.tempoValue", {
        extension: show(tempo.extension_s),
        hold: show(tempo.hold_s),
        flexion: show(tempo.flexion_s),
        turn: show(tempo.turn_s),
      }),
    ],
    [t("plan.count"), t("plan.countValue", { least: repetitions.least, most: repetitions.most })],
    [t("plan.load"), loadWords(plan)],
    [t("plan.ends"), named("plan.choice", endpoint)],
    ...(past.length > 0 ? [[t("plan.earlier"), setsWords(past)] as [string, string]] : []),
  ];
  if (display !== undefined) facts.push([t("plan.display"), displayWords(display)]);
  facts.push([t("plan.version"), versionOf(plan) ?? ""]);
  return (
    <dl>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function show(value: number): string {
  return number(value, Number.isInteger(value) ? 0 : 1);
}

/** The load that a plan is for. */
export function loadWords({ load_nm }: Plan): string {
  return load_nm === null ? t("plan.noLoad") : t("plan.loadValue", { load: show(load_nm) });
}

/** How the patient's screen shows it, in a few words. */
export function displayWords({ feedback, from_repetition, motion, rest_s }: Display): string {
  const fades = feedback !== "full" && from_repetition > 1;
  const words = [named("plan.choice", feedback ?? "own")];
  if (fades) words[0] = t("plan.displayFrom", { what: words[0] ?? "", n: from_repetition });
  if (motion !== null) words.push(named("plan.choice", motion));
  if (rest_s !== null) words.push(t("plan.displayRest", { n: rest_s }));
  return words.join(", ");
}
