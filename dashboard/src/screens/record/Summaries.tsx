import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { t } from "../../i18n/language";
import type { AnyEvent as WireEvent } from "../../wire.gen";
import { setsOf } from "../set/rows";
import type { Labels } from "../set/Said";
import { Summary } from "../set/Summary";
import type { AnyEvent, SessionRecord } from "./record";

interface Props {
  record: SessionRecord;
  events: readonly AnyEvent[];
  labels: Labels;
}

/** The session's sets, one at a time: the last one first. */
export function Summaries({ record, events: told, labels }: Props): JSX.Element | null {
  // As they came over HTTP; kinds and fields that are not known are left alone.
  const events = told as unknown as readonly WireEvent[];
  const ended = useMemo(() => setsOf(events).filter((each) => each.ended !== null), [events]);
  const chosen = useSignal<number | null>(null);
  const selected = useSignal<number | null>(null);
  const set = chosen.value ?? ended.at(-1)?.set;
  if (set === undefined) return null;
  return (
    <div class="summaries">
      {ended.length > 1 && (
        <nav class="tabs" aria-label={t("record.sets")}>
          {ended.map((each) => (
            <button
              key={each.set}
              type="button"
              aria-pressed={each.set === set}
              onClick={() => {
                chosen.value = each.set;
                selected.value = null;
              }}
            >
              {t("set", { n: each.set })}
            </button>
          ))}
        </nav>
      )}
      <Summary
        machine={record.machine}
        session={record.session}
        set={set}
        events={events}
        plan={record.plan}
        own={null}
        labels={labels}
        selected={selected}
      />
    </div>
  );
}
