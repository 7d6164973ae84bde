import type { JSX } from "preact";
import { counted, minutes, named, t } from "../../i18n/language";
import type { AnyEvent, SessionRecord } from "./record";

/** Differences shown one by one; beyond that they are counted. */
const MOST = 12;

/** What was shown live and what the whole recording came to. */
export function Differences({
  record: { final, difference },
  set = null,
}: {
  record: SessionRecord;
  /** Of this set alone. */
  set?: number | null;
}): JSX.Element | null {
  if (final && difference == null) return null;
  const here = (events: readonly AnyEvent[]) => events.filter((event) => set === null || event.set === set);
  const onlyLive = here(difference?.only_live ?? []);
  const onlyFinal = here(difference?.only_final ?? []);
  const none = onlyLive.length + onlyFinal.length === 0;
  return (
    <section>
      <h2>{t("record.difference")}</h2>
      {difference == null ? (
        <p class="none">{t("record.notFinal")}</p>
      ) : none ? (
        <p>{t("record.same")}</p>
      ) : (
        <div class="versions">
          <Version title={counted("record.onlyLive", onlyLive.length)} events={onlyLive} />
          <Version title={counted("record.onlyFinal", onlyFinal.length)} events={onlyFinal} />
        </div>
      )}
    </section>
  );
}

function Version({ title, events: told }: { title: string; events: readonly AnyEvent[] }): JSX.Element {
  return (
    <div>
      <h3>{title}</h3>
      <ul>
        {told.slice(0, MOST).map((event, n) => (
          <li key={`${event.kind}${event.at_s}${n}`}>
            <time>{minutes(event.at_s)}</time> {named("event", event.kind)}
            {event.repetition !== undefined && `, ${t("repetitionPlain", { n: event.repetition })}`}
          </li>
        ))}
        {told.length > MOST && <li>{t("wall.more", { n: told.length - MOST })}</li>}
      </ul>
    </div>
  );
}
