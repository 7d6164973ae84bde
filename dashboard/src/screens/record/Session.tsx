import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { Key } from "../../i18n/en";
import { minutes, moment, named, number, t } from "../../i18n/language";
import { browser } from "../../live/browser";
import { Icon } from "../../ui/icons";
import { Kept, Labels, NotesSaid } from "../set/Said";
import { events, recordingAddress, session, type Unanswered, untold, whyOf } from "./asking";
import { Desk, Nothing, Outdated, Table } from "./Desk";
import { Differences } from "./Differences";
import { CheckedIn, Pains } from "./Pains";
import { Ribbon } from "./Ribbon";
import {
  type AnyEvent,
  befell,
  type ConfirmedNote,
  type Coverage,
  checkInOf,
  gapped,
  painsOf,
  type RecordNote,
  type SessionRecord,
  type SetResult,
  whole,
} from "./record";
import { Summaries } from "./Summaries";

const AGAIN_MS = 5000;
/** Holes shown one by one; beyond that they are counted. */
const MOST = 12;

/** One session's record: how whole it is, where its gaps are, what it came to, and what was shown otherwise while it ran. */
export function Session({ id }: { id: string }): JSX.Element {
  const record = useSignal<SessionRecord | null>(null);
  /** Null: not known. */
  const lived = useSignal<AnyEvent[] | null>(null);
  const why = useSignal<Unanswered | null>(null);
  const labels = useMemo(() => new Labels(), [id]);

  useEffect(() => {
    let stop: () => void = () => undefined;
    let over = false;
    const look = async () => {
      try {
        const asked = labels.version;
        const found = await session(id);
        const told = await events(id, found.final ? "final" : "live").catch(untold);
        if (over) return;
        record.value = found;
        lived.value = told;
        // What was said since is newer than this answer.
        if (labels.version === asked) labels.take(id, found.labels ?? []);
        why.value = null;
        // What still runs, or is still being made whole, is looked at again.
        if (found.ended_utc === null || found.settling) stop = browser.later(look, AGAIN_MS);
      } catch (error) {
        if (over) return;
        why.value = whyOf(error);
        if (why.value.passing) stop = browser.later(look, AGAIN_MS);
      }
    };
    void look();
    return () => {
      over = true;
      stop();
    };
  }, [id]);

  const shown = record.value;
  if (shown === null) return <Nothing why={why.value} />;
  return (
    <Desk here={t("record.session")}>
      <header>
        <h1>{shown.plan?.label ?? t("record.session")}</h1>
        <p class="about">
          <span>{shown.machine}</span>
          <span>{moment(shown.started_utc)}</span>
          <span>{lasted(shown)}</span>
          <a href={`/sessions/${encodeURIComponent(id)}/replay`}>{t("replay.open")}</a>
        </p>
      </header>
      {why.value !== null && <Outdated why={why.value} />}
      <Statement record={shown} />
      <Ribbon record={shown} />
      <Holes coverage={shown.coverage ?? []} />
      <Sets sets={shown.sets} events={lived.value} />
      <Kept labels={labels} />
      {lived.value === null ? (
        <p class="none">{t("record.eventsUnknown")}</p>
      ) : (
        <Summaries record={shown} events={lived.value} labels={labels} />
      )}
      <NotesSaid labels={labels} />
      <Differences record={shown} />
      <CheckedIn said={checkInOf(shown.notes ?? [])} />
      <Pains pains={painsOf(shown.notes ?? [])} />
      <Notes notes={befell(shown.notes ?? [])} />
      {shown.ended_utc !== null && (
        <p class="fetch">
          <a href={recordingAddress(shown.session, shown.damage != null)} download>
            {t("record.download")}
          </a>
          <button type="button" onClick={() => print()}>
            {t("record.print")}
          </button>
        </p>
      )}
    </Desk>
  );
}

function lasted({ started_utc, ended_utc }: SessionRecord): string {
  if (ended_utc === null) return t("record.running");
  return t("record.lasted", { time: minutes((Date.parse(ended_utc) - Date.parse(started_utc)) / 1000) });
}

/** How whole the record is, as computed from its sample numbers. */
function Statement({ record }: { record: SessionRecord }): JSX.Element {
  const { expected, stored, missing, refused } = record.completeness;
  const fine = whole(record);
  const fill = { stored: number(stored), expected: number(expected), missing: number(missing) };
  return (
    <section class="statement" data-whole={fine}>
      <p>
        <Icon name={fine ? "whole" : "stale"} />
        <strong>{t(said(record), fill)}</strong>
      </p>
      {record.damage != null && (
        <p>{t("record.damage", { from: number(record.damage.from_s, 1), reason: record.damage.reason })}</p>
      )}
      {refused > 0 && <p>{t("record.refused", { n: number(refused) })}</p>}
    </section>
  );
}

/** Nothing is called lost while it may still come: that is known only of nothing. */
function said({ ended_utc, completeness, settling }: SessionRecord): Key {
  if (ended_utc === null) return completeness.expected === 0 ? "record.counted" : "record.completeSoFar";
  if (settling) return "record.settling";
  if (completeness.open_ended) return "record.openEnded";
  return completeness.missing > 0 ? "record.incomplete" : "record.complete";
}

/** Every stretch that was not there live, in words: for whoever does not see the ribbon, and on paper. */
function Holes({ coverage }: { coverage: readonly Coverage[] }): JSX.Element | null {
  const holes = coverage.filter(({ kind }) => kind !== "live");
  if (holes.length === 0) return null;
  return (
    <ul class="holes">
      {holes.slice(0, MOST).map(({ kind, from_s, to_s }) => (
        <li key={from_s}>
          {t(`record.hole.${kind === "gap" ? "gap" : "backfilled"}`, {
            from: minutes(from_s),
            to: minutes(to_s),
            seconds: number(to_s - from_s, 1),
          })}
        </li>
      ))}
      {holes.length > MOST && <li>{t("wall.more", { n: holes.length - MOST })}</li>}
    </ul>
  );
}

function Sets({
  sets,
  events: lived,
}: {
  sets: readonly SetResult[];
  events: readonly AnyEvent[] | null;
}): JSX.Element {
  return (
    <section>
      <h2>{t("record.sets")}</h2>
      {sets.length === 0 ? (
        <p class="none">{t("record.noSets")}</p>
      ) : (
        <Table name={t("record.sets")}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t("record.set")}</th>
                <th scope="col">{t("record.full")}</th>
                <th scope="col">{t("record.short")}</th>
                <th scope="col">{t("record.partial")}</th>
                <th scope="col">{t("record.attempt")}</th>
                <th scope="col">{t("record.time")}</th>
                <th scope="col" class="words">
                  {t("record.ended")}
                </th>
                <th scope="col" class="words">
                  {t("record.withGap")}
                </th>
              </tr>
            </thead>
            <tbody>
              {sets.map((set) => (
                <tr key={set.set}>
                  <th scope="row">{set.set}</th>
                  <td>{set.full}</td>
                  <td>{set.short}</td>
                  <td>{set.partial}</td>
                  <td>{set.attempt}</td>
                  <td>{set.duration_s === null ? "–" : minutes(set.duration_s)}</td>
                  <td class="words">{named("ended", set.reason)}</td>
                  <td class="words">{lived === null ? t("feed.unknown") : gapped(lived, set.set).join(", ") || "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Table>
      )}
    </section>
  );
}

function noteWords(note: RecordNote): string {
  if (note.kind !== "start_confirmed") return named("note", note.kind);
  const { label, calibration } = note as ConfirmedNote;
  const who = t("note.start_confirmed", { label: label ?? t("note.nobody") });
  return calibration === "expired" ? `${who} ${t("note.expired")}` : who;
}

function Notes({ notes }: { notes: readonly RecordNote[] }): JSX.Element | null {
  if (notes.length === 0) return null;
  return (
    <section>
      <h2>{t("record.notes")}</h2>
      <ul class="notes">
        {notes.map((note, n) => (
          <li key={`${note.kind}${note.noted_utc}${n}`}>
            {note.noted_utc !== undefined && <time>{moment(note.noted_utc)}</time>} {noteWords(note)}
            {note.first != null && note.last != null && (
              <span class="numbers">{t("record.samples", { first: number(note.first), last: number(note.last) })}</span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
