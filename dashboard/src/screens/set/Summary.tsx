import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useMemo } from "preact/hooks";
import { t } from "../../i18n/language";
import type { Columns } from "../../live/story";
import type { AnyEvent, Plan } from "../../wire.gen";
import { replayAt } from "../replay/moment";
import { Compared } from "./Compared";
import { Curve } from "./Curve";
import { Detections } from "./Detections";
import { Ratings } from "./Ratings";
import { Repetitions } from "./Repetitions";
import { detectionsOf, type Row, rowsOf, setsOf } from "./rows";
import type { Labels } from "./Said";
import { figuresOf, headline, shown } from "./summary";
import { useCourse } from "./useCourse";

interface Props {
  machine: string;
  session: string;
  set: number;
  events: readonly AnyEvent[];
  plan: Plan | null;
  /** What this page has seen of it. */
  own: Columns | null;
  labels: Labels;
  /** The repetition that is chosen, for whatever else is done with it. */
  selected: Signal<number | null>;
  /** What was shown live against the final result. */
  children?: ComponentChildren;
}

/** A set that is over: what came of it in words, as a table and a curve, beside the last time, and what staff say of it. */
export function Summary({
  machine,
  session,
  set,
  events,
  plan,
  own,
  labels,
  selected,
  children,
}: Props): JSX.Element | null {
  const hovered = useSignal<number | null>(null);
  const said = labels.all.value;
  const rows = useMemo(() => rowsOf(events, set, plan, said), [events, set, plan, said]);
  const found = setsOf(events).find((each) => each.set === set);
  const figures = figuresOf(events, set);
  const columns = useCourse(session, found?.from_s ?? 0, found?.ended?.at_s ?? 0, own);
  if (found === undefined || found.ended === null || figures === null) return null;
  const select = (repetition: number | null) => {
    selected.value = repetition;
  };
  return (
    <section class="summary" aria-label={t("set", { n: set })}>
      <header>
        <h2>{headline(found.ended)}</h2>
        <dl class="facts">
          <Fact name={t("figure.duration_s")} value={shown("duration_s", figures.duration_s)} />
          <Fact name={t("record.full")} value={shown("repetitions", figures.full)} />
          <Fact name={t("figure.time_in_band")} value={shown("time_in_band", figures.time_in_band)} />
          <Fact name={t("figure.peak_torque_nm")} value={shown("peak_torque_nm", figures.peak_torque_nm)} />
          <Fact name={t("figure.work_j")} value={shown("work_j", figures.work_j)} />
        </dl>
      </header>
      {columns?.t_s.length === 0 && <p class="none">{t("set.noCurve")}</p>}
      {columns !== null && columns.t_s.length > 0 && (
        <Curve
          columns={columns}
          rows={rows}
          plan={plan}
          from_s={found.from_s}
          to_s={found.ended.at_s}
          selected={selected.value}
          hovered={hovered.value}
          onSelect={select}
        />
      )}
      <Repetitions
        name={t("set.table", { n: set })}
        rows={rows}
        plan={plan}
        selected={selected.value}
        onSelect={select}
        onHover={(repetition) => {
          hovered.value = repetition;
        }}
      />
      <p class="onward">
        <a href={replayOf(session, { from_s: found.from_s, to_s: found.ended.at_s }, rows, selected.value)}>
          {selected.value === null ? t("replay.ofSet", { n: set }) : t("replay.ofRepetition", { n: selected.value })}
        </a>
      </p>
      <Detections
        session={session}
        set={set}
        detections={detectionsOf(events, set)}
        rows={rows}
        labels={said}
        onSay={labels.say}
        onWithdraw={labels.withdraw}
      />
      <Ratings set={set} labels={said} onSay={labels.say} />
      <Compared machine={machine} session={session} set={set} plan={plan} figures={figures} />
      {children}
    </section>
  );
}

/** Where on the bench the chosen repetition is, or the set. */
function replayOf(
  session: string,
  whole: { from_s: number; to_s: number },
  rows: readonly Row[],
  chosen: number | null,
) {
  const row = rows.find(({ repetition }) => repetition === chosen);
  const from_s = row?.from_s ?? whole.from_s;
  const to_s = row?.to_s ?? whole.to_s;
  return replayAt(session, from_s, { from_s, to_s });
}

function Fact({ name, value }: { name: string; value: string }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
