import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { number, t } from "../../i18n/language";
import { LATE_MS } from "../../live/freshness";
import { Beat, beatAt } from "../../ui/Beat";
import { Blind } from "../../ui/Blind";
import { Feed } from "../../ui/Feed";
import { Icon } from "../../ui/icons";
import { Languages } from "../../ui/Languages";
import { everyFrame, Pace } from "../../ui/loop";
import { Rescue, useFailure } from "../../ui/Rescue";
import { Shield } from "../../ui/Shield";
import { type Surface, surface } from "../../ui/surface";
import type { AnyEvent } from "../../wire.gen";
import { ScreensCard } from "../pairing/ScreensCard";
import { useReports } from "../patient/hooks";
import { Differences } from "../record/Differences";
import { Repetitions } from "../set/Repetitions";
import { rowsOf, setsOf } from "../set/rows";
import { NotesSaid } from "../set/Said";
import { Summary } from "../set/Summary";
import { SIGNS } from "../wall/attention";
import { Controls } from "./Controls";
import { DeviceCard } from "./DeviceCard";
import { Marks } from "./Marks";
import { PlanCard } from "./PlanCard";
import { PlanForm } from "./PlanForm";
import { paintLive, paintLoop } from "./paint";
import { MachineState, type Shown } from "./state";
import { useRecord } from "./useRecord";
import { eventWords } from "./view";

const EVENTS = 8;
/** Pictures of this page: smooth to the eye, and half the work of the cue. */
const DRAW_MS = 1000 / 30;

/** One machine, for the therapist beside the patient; where it can't be drawn it says so, and is made anew. */
export function Machine({ name }: { name: string }): JSX.Element {
  const report = useReports(() => name);
  return (
    <Rescue instead={<Blind />} failed={report}>
      {() => <Page name={name} />}
    </Rescue>
  );
}

/** What is now, what came of each set, and what is to be done. */
function Page({ name }: { name: string }): JSX.Element {
  const state = useMemo(() => new MachineState(name), [name]);
  const failed = useFailure();
  useEffect(() => state.start(failed), [state]);
  const shown = state.shown.value;
  const { record, labels } = useRecord(shown.session);
  const editing = useSignal(false);
  const events = state.events.value;
  const plan = shown.plan ?? record.value?.plan ?? null;
  const sets = useMemo(() => setsOf(events), [events]);
  const tab = state.tab.value;
  const live = tab === null;
  // Of a new session nothing is told yet: the sets here are of the one before.
  const own = shown.session === state.story.session;
  const set = tab ?? shown.set ?? (own ? (sets.at(-1)?.set ?? null) : null);
  const said = labels.all.value;
  const rows = useMemo(
    () => (set === null || !own ? [] : rowsOf(events, set, plan, said)),
    [events, set, own, plan, said],
  );
  const chosen = rows.find(({ repetition }) => repetition === state.selected.value) ?? null;
  const place = sets.find((each) => each.set === tab);
  const columns = useMemo(
    () => (place?.ended == null ? null : state.story.between(place.from_s, place.ended.at_s)),
    [place?.set, place?.ended, state],
  );

  if (shown.unknown) {
    return (
      <main class="plain">
        <h1>{t("patient.unknown")}</h1>
        <p>{t("patient.unknownHint", { machine: name })}</p>
        <a href="/wall">{t("missing.go")}</a>
      </main>
    );
  }
  return (
    <main class="machine">
      <Top name={name} shown={shown} />
      <Call shown={shown} onSeen={(need) => state.acknowledge(need)} />
      <div class="middle">
        <nav class="tabs" aria-label={t("machine.sets")}>
          <Tab on={live} onPress={() => choose(state, null)}>
            {t("machine.live")}
          </Tab>
          {sets
            .filter(({ ended }) => ended !== null)
            .slice(-4)
            .map((each) => (
              <Tab key={each.set} on={tab === each.set} onPress={() => choose(state, each.set)}>
                {t("set", { n: each.set })}
              </Tab>
            ))}
        </nav>
        {live || place === undefined || shown.session === null ? (
          <div class="now">
            <Picture label={t("machine.curve")} state={state} paint={paintLive} />
            <Repetitions
              name={t("set.table", { n: set ?? 1 })}
              rows={rows}
              plan={plan}
              selected={state.selected.value}
              onSelect={(repetition) => {
                state.selected.value = repetition;
              }}
              newestFirst
            />
          </div>
        ) : (
          <Summary
            machine={name}
            session={shown.session}
            set={place.set}
            events={events}
            plan={plan}
            own={columns}
            labels={labels}
            selected={state.selected}
          >
            {record.value !== null && <Differences record={record.value} set={place.set} />}
          </Summary>
        )}
        <NotesSaid labels={labels} />
      </div>
      <div class="aside">
        <Controls of={state.machine} plan={shown.plan} allowed={shown.allowed} inPain={shown.need === "pain"} />
        <Count shown={shown} />
        <Marks labels={labels} set={set} row={chosen ?? rows.at(-1) ?? null} chosen={chosen !== null} />
        <section class="card loop" aria-label={t("machine.loop")}>
          <h2>{t("machine.loop")}</h2>
          <Picture label={t("machine.loop")} state={state} paint={paintLoop} />
        </section>
        <PlanCard
          plan={plan}
          editable={shown.allowed.plan}
          full={shown.allowed.refusal === "full"}
          onEdit={() => {
            editing.value = true;
          }}
        />
        <ScreensCard machine={name} inSet={shown.set !== null} />
        <DeviceCard machine={name} />
        <Events events={events} />
        <p class="ways">
          <a href={`/screen/${name}`}>{t("machine.patient")}</a>
          {shown.session !== null && (
            <a href={`/sessions/${encodeURIComponent(shown.session)}`}>{t("machine.record")}</a>
          )}
        </p>
      </div>
      {editing.value && (
        <PlanForm
          machine={name}
          plan={state.machine.plan}
          onClose={() => {
            editing.value = false;
          }}
        />
      )}
      <Shield after_ms={LATE_MS} hint={t("wall.shield")} />
    </main>
  );
}

function choose(state: MachineState, tab: number | null): void {
  state.tab.value = tab;
  state.selected.value = null;
}

function Top({ name, shown: { tile, delay, linked } }: { name: string; shown: Shown }): JSX.Element {
  const beat = useSignal(0);
  const failed = useFailure();
  useEffect(() => {
    const pace = new Pace(250);
    return everyFrame((now) => {
      if (pace.due(now)) beat.value = beatAt(now);
    }, failed);
  }, []);
  return (
    <header class="top">
      <a class="back" href="/wall">
        <Icon name="back" />
        {t("wall")}
      </a>
      <h1>
        <span class="unseen">{t("machine.title", { machine: "" })}</span>
        {name}
        {tile.label !== null && <span class="label">{tile.label}</span>}
      </h1>
      <p class="state" data-icon={tile.icon ?? "none"}>
        {tile.icon !== null && <Icon name={tile.icon} />}
        {tile.word}
      </p>
      <p class="feeds">
        {linked ? <Feed state={tile.feed} age={tile.age} /> : <Feed state="connecting" age={null} />}
        <span class="delay">
          {delay === null ? (
            t("machine.delayUnknown")
          ) : (
            <>
              {t("machine.delay", { value: number(delay.median) })}
              <small>{t("machine.delayMost", { value: number(delay.most) })}</small>
            </>
          )}
        </span>
      </p>
      <Beat at={beat.value} />
      <Languages />
    </header>
  );
}

/** Why somebody is needed, until it is seen; and what was found, in words. */
function Call({
  shown: { tile, need, seen },
  onSeen,
}: {
  shown: Shown;
  onSeen: (need: NonNullable<Shown["need"]>) => void;
}): JSX.Element | null {
  const called = need === null ? "" : t(`wall.${need}`);
  const notes = tile.notes.filter(({ icon, text }) => icon !== "reserve" && text !== called);
  if (need === null && notes.length === 0 && tile.kept === null) return null;
  return (
    <section class="call" data-need={need ?? "none"} data-seen={seen} role="status" aria-label={t("wall.attention")}>
      {need !== null && (
        <p class="need">
          <Icon name={SIGNS[need]} />
          {called}
        </p>
      )}
      <div class="why">
        {notes.map((note) => (
          <p key={note.text}>
            {note.text}
            {note.reasons.length > 0 && `: ${note.reasons.join(", ")}`}
          </p>
        ))}
        {tile.kept !== null && <p>{tile.kept.text}</p>}
      </div>
      {need !== null && !seen && (
        <button type="button" onClick={() => onSeen(need)}>
          <Icon name="whole" />
          {t("machine.seen")}
        </button>
      )}
    </section>
  );
}

function Count({ shown: { tile, reserve } }: { shown: Shown }): JSX.Element {
  return (
    <section class="count">
      <p>
        <span class="title">{t("repetition")}</span>
        <strong>
          {tile.count}
          {tile.most !== null && <small>/{tile.most}</small>}
        </strong>
      </p>
      <p>
        <span class="title">{t("machine.reserve")}</span>
        <strong>{reserve.value}</strong>
        <small>{reserve.interval ?? t("machine.reserveUnknown")}</small>
      </p>
    </section>
  );
}

type Paint = (to: Surface, machine: MachineState["machine"], local_ms: number, stale: boolean) => void;

function Picture({ label, state, paint }: { label: string; state: MachineState; paint: Paint }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const failed = useFailure();
  useEffect(() => {
    const pace = new Pace(DRAW_MS);
    return everyFrame((now) => {
      if (!pace.due(now) || canvas.current === null) return;
      const to = surface(canvas.current);
      const age_ms = state.machine.age(now);
      if (to !== null) paint(to, state.machine, now, age_ms === null || age_ms > LATE_MS);
    }, failed);
  }, [state, paint]);
  return (
    <div class="picture">
      <canvas ref={canvas} role="img" aria-label={label} />
    </div>
  );
}

function Tab({ on, onPress, children }: { on: boolean; onPress: () => void; children: string }): JSX.Element {
  return (
    <button type="button" aria-pressed={on} onClick={onPress}>
      {children}
    </button>
  );
}

function Events({ events }: { events: readonly AnyEvent[] }): JSX.Element {
  const told = events
    .map((event) => ({ event, words: eventWords(event) }))
    .filter(({ words }) => words !== null)
    .slice(-EVENTS)
    .reverse();
  return (
    <section class="card events" aria-label={t("machine.events")}>
      <h2>{t("machine.events")}</h2>
      {told.length === 0 ? (
        <p class="none">{t("machine.noEvents")}</p>
      ) : (
        <ol>
          {told.map(({ event, words }) => (
            <li key={event.id}>
              <time>{number(event.at_s, 1)} s</time>
              <span>{words}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
