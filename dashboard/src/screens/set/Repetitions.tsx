import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { number, t } from "../../i18n/language";
import { Icon } from "../../ui/icons";
import type { Plan } from "../../wire.gen";
import type { Note } from "../../words/finding";
import type { Label } from "./labels";
import { PHASES, type PhaseTime, type Row } from "./rows";

interface Props {
  name: string;
  rows: readonly Row[];
  plan: Plan | null;
  selected: number | null;
  /** `null`: nothing is chosen any more. */
  onSelect: (repetition: number | null) => void;
  onHover?: (repetition: number | null) => void;
  /** While it grows, what is newest stands on top. */
  newestFirst?: boolean;
}

/** A set's repetitions, one a row; a row is chosen by tap, by arrow keys, and by Enter. */
export function Repetitions({
  name,
  rows,
  plan,
  selected,
  onSelect,
  onHover,
  newestFirst = false,
}: Props): JSX.Element {
  const body = useRef<HTMLTableSectionElement>(null);
  if (rows.length === 0) return <p class="none">{t("set.none")}</p>;
  const shown = newestFirst ? [...rows].reverse() : rows;
  const reached = shown.some(({ repetition }) => repetition === selected) ? selected : shown[0]?.repetition;
  const step = (event: KeyboardEvent) => {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (by === 0) return;
    const at = shown.findIndex(({ repetition }) => repetition === reached);
    const next = shown[Math.min(Math.max(at + by, 0), shown.length - 1)];
    if (next === undefined) return;
    event.preventDefault();
    onSelect(next.repetition);
    body.current?.querySelector<HTMLElement>(`button[data-repetition="${next.repetition}"]`)?.focus();
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard (WCAG 2.1.1).
    <section class="repetitions" aria-label={name} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("column.repetition")}</th>
            <th scope="col" class="words">
              {t("column.extent")}
            </th>
            {PHASES.map((phase) => (
              <th key={phase} scope="col">
                {t(`column.${phase}`)}
                {plan !== null && <small>{t("column.target", { value: short(plan.tempo[`${phase}_s`]) })}</small>}
              </th>
            ))}
            <th scope="col">
              {t("column.range")} <small>{t("unit.deg")}</small>
            </th>
            <th scope="col">
              {t("column.peak")} <small>{t("unit.nm")}</small>
            </th>
            <th scope="col">
              {t("column.band")} <small>%</small>
            </th>
            <th scope="col" class="words">
              {t("column.remarks")}
            </th>
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={step}>
          {shown.map((row) => (
            <tr
              key={row.repetition}
              data-selected={row.repetition === selected}
              data-void={row.voided !== null || (row.done?.flags ?? []).includes("void")}
              onClick={() => onSelect(row.repetition === selected ? null : row.repetition)}
              onPointerEnter={() => onHover?.(row.repetition)}
              onPointerLeave={() => onHover?.(null)}
            >
              <th scope="row">
                <button
                  type="button"
                  data-repetition={row.repetition}
                  tabIndex={row.repetition === reached ? 0 : -1}
                  aria-pressed={row.repetition === selected}
                  aria-label={t("row.select", { n: row.repetition })}
                >
                  {row.repetition}
                </button>
              </th>
              <td class="words">{row.done === null ? t("set.underWay") : t(`extent.${row.done.extent}`)}</td>
              {row.phases.map((time) => (
                <Time key={time.phase} time={time} />
              ))}
              <td>{value(row.done?.range_deg)}</td>
              <td>{value(row.done?.peak_torque_nm)}</td>
              <td>{value(row.done?.time_in_band == null ? null : 100 * row.done.time_in_band)}</td>
              <td class="words">
                <Remarks notes={row.remarks} said={row.said} voided={row.voided} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Time({ time: { seconds, off } }: { time: PhaseTime }): JSX.Element {
  return (
    <td data-off={off ?? "none"}>
      {off !== null && (
        <>
          <Icon name={off} />
          <span class="unseen">{t(`off.${off}`)} </span>
        </>
      )}
      {seconds == null ? "–" : number(seconds, 1)}
    </td>
  );
}

function Remarks({
  notes,
  said,
  voided,
}: {
  notes: readonly Note[];
  said: Label | null;
  voided: Label | null;
}): JSX.Element | null {
  if (notes.length === 0 && said === null && voided === null) return null;
  return (
    <ul class="remarks">
      {notes.map((note) => (
        <li key={note.text} data-tone={note.tone}>
          <Icon name={note.icon} />
          <span>
            {note.text}
            {note.reasons.length > 0 && <span class="why">: {note.reasons.join(", ")}</span>}
          </span>
        </li>
      ))}
      {said?.finding !== undefined && (
        <li data-tone="said">
          <Icon name="said" />
          <span>{t("mark.failed", { what: t(`finding.${said.finding}`) })}</span>
        </li>
      )}
      {voided !== null && (
        <li data-tone="said">
          <Icon name="said" />
          <span>{t("mark.failed", { what: t("mark.voided") })}</span>
        </li>
      )}
    </ul>
  );
}

function value(known: number | null | undefined): string {
  return known == null ? "–" : number(known);
}

function short(seconds: number): string {
  return number(seconds, Number.isInteger(seconds) ? 0 : 1);
}
