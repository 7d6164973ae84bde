import { type Signal, signal, useSignal } from "@preact/signals";
import type { JSX, RefObject } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { minutes, t, timeOfDay } from "../../i18n/language";
import { browser } from "../../live/browser";
import { Floor } from "../../live/floor";
import { LATE_MS } from "../../live/freshness";
import type { Machine } from "../../live/machine";
import { Beat, beatAt } from "../../ui/Beat";
import { Blind } from "../../ui/Blind";
import { feedOf } from "../../ui/Feed";
import { Icon } from "../../ui/icons";
import { Languages } from "../../ui/Languages";
import { everyFrame, Pace } from "../../ui/loop";
import { Rescue, useFailure } from "../../ui/Rescue";
import { Shield } from "../../ui/Shield";
import { useReports } from "../patient/hooks";
import { Attention, acknowledge, isInvalid, type Need, SIGNS } from "./attention";
import { STRIP_TURNS, Tile } from "./Tile";
import { columnsFor, isDense, painOf, type TileView, tileOf } from "./tile";

const RATE_HZ = 20;
const DIGITS_MS = 250;
const GREETING_MS = 1500;

interface Shown {
  machine: Machine;
  view: Signal<TileView>;
}

interface CallView {
  machine: string;
  name: string;
  need: Need;
  for_: string;
  seen: boolean;
  /** How much it hurts, where the patient has said so. */
  pain: string;
}

/** Every machine of the clinic at its fixed place, and who needs somebody now; where it can't be drawn it says so, and is made anew. */
export function Wall(): JSX.Element {
  const first = useRef<string | null>(null);
  const report = useReports(() => first.current);
  return (
    <Rescue instead={<Blind />} failed={report}>
      {() => <Room first={first} />}
    </Rescue>
  );
}

/** `first`: the first machine's name, once there is one; what fails here is reported as of it. */
function Room({ first }: { first: RefObject<string | null> }): JSX.Element {
  const floor = useMemo(() => new Floor(browser, "*", RATE_HZ), []);
  const tiles = useSignal<Shown[]>([]);
  const calls = useSignal<CallView[]>([]);
  const clock = useSignal("");
  const beat = useSignal(0);
  const linked = useSignal(true);
  const greeted = useSignal(false);
  const news = useSignal("");
  /** What offers a code, while it is wanted. */
  const offering = useSignal<typeof import("../pairing/room") | null>(null);
  const attention = useMemo(() => new Attention(), []);
  const failed = useFailure();
  const seen = (machine: string) => {
    const call = calls.value.find((each) => each.machine === machine);
    if (call === undefined || call.seen) return;
    attention.acknowledge(machine, call.need);
    calls.value = calls.value.map((each) => (each === call ? { ...each, seen: true } : each));
    acknowledge(floor.machine(machine), call.need);
  };

  useEffect(() => {
    floor.acknowledged = (machine, need) => {
      // What was told just before may not have been looked at yet.
      attention.update(floor.places(), browser.now());
      attention.acknowledge(machine, need);
    };
    const pace = new Pace(DIGITS_MS);
    let opened_ms = browser.now();
    const views = new Map<string, Shown>();
    const show = () => {
      const now = browser.now();
      tiles.value = floor.places().map((machine) => {
        const known = views.get(machine.name) ?? { machine, view: signal(tileOf(machine, now)) };
        views.set(machine.name, known);
        return known;
      });
      first.current = tiles.value[0]?.machine.name ?? null;
    };
    floor.changed = () => {
      linked.value = floor.link === "open";
      if (floor.machines.size !== tiles.value.length) show();
    };
    floor.connection.start();
    const end = everyFrame((now) => {
      if (!pace.due(now)) {
        // Words may wait a quarter of a second; that something is no longer of now may not.
        for (const { machine, view } of tiles.value) {
          if (feedOf(machine, now) !== view.peek().feed) view.value = tileOf(machine, now);
        }
        return;
      }
      // The machines come right after the line is open; only then can there be none.
      if (floor.link !== "open") opened_ms = now;
      else if (now - opened_ms > GREETING_MS) greeted.value = true;
      news.value = newsOf(floor.places(), now);
      for (const { machine, view } of tiles.value) {
        const next = tileOf(machine, now);
        if (JSON.stringify(next) !== JSON.stringify(view.value)) view.value = next;
      }
      const called = attention.update(floor.places(), now).map((call) => ({
        machine: call.machine,
        name: sitedIn(tiles.value) ? call.machine : nameOf(call.machine),
        need: call.need,
        for_: minutes((now - call.since_ms) / 1000),
        seen: call.seen,
        pain: painOf(floor.machine(call.machine), call.need),
      }));
      if (floor.stranger !== null && isInvalid(floor.stranger.invalid_ms, now)) {
        const name = floor.stranger.name ?? t("wall.unknown");
        called.push({ machine: name, name, need: "invalid", for_: "", seen: true, pain: "" });
      }
      if (JSON.stringify(called) !== JSON.stringify(calls.value)) calls.value = called;
      clock.value = timeOfDay(new Date(browser.utc_ms()));
      beat.value = beatAt(now);
    }, failed);
    return () => {
      end();
      floor.connection.stop();
    };
  }, [floor]);

  const { OfferBar } = offering.value ?? {};
  return (
    <main class="wall">
      <h1 class="unseen">{t("wall")}</h1>
      {news.value !== "" && (
        <p class="news" role="status">
          <Icon name="remark" />
          {news}
        </p>
      )}
      <Calls calls={calls.value} linked={linked.value || !greeted.value} onSeen={seen} />
      {tiles.value.length === 0 ? (
        <div class="plain empty">
          <p class="title">{t(greeted.value ? "wall.empty" : "loading")}</p>
          {greeted.value && <p>{t("wall.emptyHint")}</p>}
          {greeted.value && <p>{t("wall.emptyTry")}</p>}
        </div>
      ) : (
        <ul class="tiles" data-columns={columnsFor(tiles.value.length)} data-dense={isDense(tiles.value.length)}>
          {tiles.value.map(({ machine, view }, place) => (
            <Tile
              key={machine.name}
              machine={machine}
              view={view}
              turn={Math.floor((STRIP_TURNS * place) / tiles.value.length)}
              sited={sitedIn(tiles.value)}
              dense={isDense(tiles.value.length)}
              calling={calls.value.some((call) => call.machine === machine.name && !call.seen)}
              onOpen={() => seen(machine.name)}
            />
          ))}
        </ul>
      )}
      {OfferBar !== undefined && (
        <OfferBar
          machines={tiles.value.map(({ machine }) => machine.name)}
          onClose={() => {
            offering.value = null;
          }}
        />
      )}
      <footer>
        <p class="clock">
          <Beat at={beat.value} />
          <time>{clock}</time>
        </p>
        <a class="records" href="/sessions">
          {t("record.sessions")}
        </a>
        {tiles.value.length > 0 && (
          <button
            type="button"
            class="pair"
            aria-expanded={offering.value !== null}
            onClick={() => {
              if (offering.value !== null) offering.value = null;
              else void import("../pairing/room").then((loaded) => (offering.value = loaded));
            }}
          >
            {t("offer.open")}
          </button>
        )}
        <p class="purpose">{t("notAlarm")}</p>
        <Languages />
      </footer>
      <Shield after_ms={LATE_MS} hint={t("wall.shield")} />
    </main>
  );
}

/** Machines of several sites stand here. */
function sitedIn(tiles: Shown[]): boolean {
  return new Set(tiles.map(({ view }) => view.peek().site)).size > 1;
}

function nameOf(machine: string): string {
  return machine.slice(machine.indexOf("/") + 1);
}

/** What staff should know of the service itself: it can't write its index, or has just come back. */
function newsOf(machines: readonly Machine[], local_ms: number): string {
  if (machines.some(({ keep }) => keep.databaseDown)) return t("wall.database");
  const restarts = machines.map(({ keep }) => keep.restarted(local_ms)).filter((utc) => utc !== null);
  const newest = restarts.sort().at(-1);
  return newest === undefined ? "" : t("wall.restarted", { time: timeOfDay(new Date(newest)) });
}

interface CallsProps {
  calls: CallView[];
  linked: boolean;
  onSeen: (machine: string) => void;
}

function Calls({ calls, linked, onSeen }: CallsProps): JSX.Element {
  const list = useRef<HTMLOListElement>(null);
  const hidden = useSignal(0);
  useLayoutEffect(() => {
    const rows = [...(list.current?.children ?? [])] as HTMLElement[];
    const out = rows.filter((row) => row.offsetTop > (rows[0]?.offsetTop ?? 0));
    for (const row of rows) row.style.visibility = out.includes(row) ? "hidden" : "";
    hidden.value = out.length;
  });
  return (
    <section class="calls" aria-label={t("wall.attention")}>
      {!linked && (
        <p class="link">
          <Icon name="stale" />
          {t("wall.link")}
        </p>
      )}
      {linked && calls.length === 0 && <p class="calm">{t("wall.calm")}</p>}
      <ol ref={list}>
        {calls.map((call) => (
          <li key={call.machine} data-need={call.need} data-seen={call.seen}>
            <a href={`/machines/${call.machine}`} onClick={() => onSeen(call.machine)}>
              <Icon name={SIGNS[call.need]} />
              <strong>{call.name}</strong>
              <span>{t(`wall.${call.need}`)}</span>
              {call.pain !== "" && <span class="rating">{call.pain}</span>}
              <span class="for">{call.for_}</span>
            </a>
            {!call.seen && (
              <button
                type="button"
                aria-label={t("wall.acknowledge", { machine: call.name, need: t(`wall.${call.need}`) })}
                title={t("machine.seen")}
                onClick={() => onSeen(call.machine)}
              >
                <Icon name="whole" />
              </button>
            )}
          </li>
        ))}
      </ol>
      {hidden.value > 0 && <p class="more">{t("wall.more", { n: hidden.value })}</p>}
      <p class="unseen" role="status" aria-live="polite">
        {calls.map((call) => `${call.machine}: ${t(`wall.${call.need}`)} ${call.pain}`.trim()).join(". ")}
      </p>
    </section>
  );
}
