import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { counted, moment, number, t } from "../../i18n/language";
import { offer } from "../../ui/offer";
import { Refused } from "../replay/asking";
import { Kinds } from "../replay/Kinds";
import { replayAt } from "../replay/moment";
import { Refusals } from "../replay/Refusals";
import { type Order, orderHash } from "../replay/rerun";
import { SIGNS, title } from "../replay/words";
import { Batch, type Done } from "./batch";
import { type Changed, changedOf, commonOf, csvOf, jsonlOf, type Sum, Tally } from "./many";
import { Otherwise } from "./Otherwise";
import type { SessionRecord } from "./record";
import { type Answer, series } from "./series";
import { KINDS, type Kind, take } from "./taking";

/** Sessions listed of those that change. */
const LISTED = 50;
const WORDS = 3;

interface Props {
  /** Those that are chosen and have ended. */
  records: readonly SessionRecord[];
  /** How many are chosen and still run: nothing can be done with them yet. */
  running: number;
  clear: () => void;
}

/** What can be done with the chosen sessions at once: analysed otherwise, taken along. With progress, to be stopped at any time. Nothing while none is chosen, but what has come stays until it is closed. */
export function Bulk({ records, running, clear }: Props): JSX.Element | null {
  const taking = useMemo(() => new Batch<SessionRecord, number>(), []);
  const asking = useMemo(() => new Batch<SessionRecord, Changed>(), []);
  /** Of the last run; what is shown of it follows the batch. */
  const tally = useRef(new Tally());
  const asked = useSignal<{ records: readonly SessionRecord[]; order: Order }>({ records: [], order: {} });
  const taken = useSignal<readonly SessionRecord[]>([]);
  const refused = useSignal<Refused["faults"]>([]);
  const open = useSignal(false);
  const chosen = records.length + running;
  const stop = () => {
    asking.stop();
    taking.stop();
  };
  // What is done for nobody's choice ends, as does what can neither be seen nor stopped any more.
  useEffect(() => {
    if (chosen === 0) stop();
  }, [chosen === 0]);
  useEffect(() => stop, []);
  const states = [taking.state.value, asking.state.value];
  const busy = states.includes("running");
  const come = states.some((state) => state !== "idle");
  const forget = () => {
    tally.current = new Tally();
    refused.value = [];
    asking.clear();
  };
  const run = async (order: Order) => {
    const mine = new Tally();
    const places = new Map(records.map(({ session }, n) => [session, n]));
    asked.value = { records, order };
    refused.value = [];
    tally.current = mine;
    const told = ({ session, fault, ...rerun }: Answer): Done<Changed>[] => {
      const n = places.get(session);
      const record = records[n ?? -1];
      if (n === undefined || record === undefined) return [];
      if (fault !== undefined) return [{ n, result: null, fault }];
      const result = changedOf(record, rerun);
      mine.add(result);
      return [{ n, result, fault: null }];
    };
    try {
      await asking.gather(records.length, (take, signal) =>
        series([...places.keys()], order, (answers) => take(answers.flatMap(told)), signal),
      );
    } catch (error) {
      const { message, faults } = error instanceof Refused ? error : { message: t("down.title"), faults: [] };
      refused.value = faults.length > 0 ? faults : [{ pointer: "", detail: message }];
    }
  };
  const exported = (kind: Kind) => {
    taken.value = records;
    void take(taking, records, kind);
  };
  if (chosen === 0 && !come) return null;
  return (
    <section class="bulk" aria-label={t("bulk.title")}>
      <p class="line">
        <strong>{counted("bulk.chosen", chosen)}</strong>
        {running > 0 && <span>{counted("bulk.running", running)}</span>}
        <button
          type="button"
          id="bulk"
          aria-expanded={open.value}
          disabled={records.length === 0}
          onClick={() => {
            open.value = !open.value;
          }}
        >
          {t("bulk.rerun")}
        </button>
        <span class="export">
          {t("bulk.export")}
          {KINDS.map((kind) => (
            <button key={kind} type="button" disabled={busy || records.length === 0} onClick={() => exported(kind)}>
              {t(`bulk.export.${kind}`)}
            </button>
          ))}
        </span>
        <span class="push" />
        {chosen > 0 && (
          <button type="button" disabled={busy} onClick={clear}>
            {t("bulk.clear")}
          </button>
        )}
      </p>
      <Progress batch={taking} name={t("bulk.exporting")} close={() => taking.clear()} />
      <Faults done={taking.done.value} records={taken.value} />
      {open.value && (
        // What is typed stays for the next choice.
        <div hidden={chosen === 0}>
          <Otherwise busy={busy || records.length === 0} like={commonOf(records)} run={(order) => void run(order)} />
        </div>
      )}
      <Refusals faults={refused.value} />
      <Progress batch={asking} name={t("bulk.analysing")} close={forget} />
      <Faults done={asking.done.value} records={asked.value.records} />
      {tally.current.all.length > 0 && (
        // By its sum it is seen that there is more to show.
        <Result
          tally={tally.current}
          sum={tally.current.sum}
          order={asked.value.order}
          over={asking.state.value !== "running"}
        />
      )}
    </section>
  );
}

interface ProgressProps<Result> {
  batch: Batch<SessionRecord, Result>;
  name: string;
  close: () => void;
}

/** How far it is, to be stopped; when it is over, that it was, to be closed. */
function Progress<Result>({ batch, name, close }: ProgressProps<Result>): JSX.Element | null {
  const { value: state } = batch.state;
  if (state === "idle") return null;
  const [done, of] = [batch.done.value.length, batch.of.value];
  return (
    <p class="progress">
      {state === "running" ? (
        <label>
          {name} <progress max={of} value={done} />
        </label>
      ) : (
        <span>{name}</span>
      )}
      <span role="status">{t("bulk.progress", { done: number(done), of: number(of) })}</span>
      {state === "stopped" && <span>{t("bulk.stopped")}</span>}
      {state === "running" ? (
        <button type="button" onClick={() => batch.stop()}>
          {t("bulk.stop")}
        </button>
      ) : (
        <button type="button" onClick={close}>
          {t("replay.close")}
        </button>
      )}
    </p>
  );
}

function Faults({
  done,
  records,
}: {
  done: readonly Done<unknown>[];
  records: readonly SessionRecord[];
}): JSX.Element | null {
  const faults = done.filter(({ fault }) => fault !== null);
  if (faults.length === 0) return null;
  return (
    <details class="faults">
      <summary>{counted("bulk.faults", faults.length)}</summary>
      <ul>
        {faults.map(({ n, fault }) => (
          <li key={n}>
            {records[n]?.machine} {moment(records[n]?.started_utc ?? "")}: {fault}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** What has changed so far: in all, by kind, and the sessions that change most. */
function Result({
  tally: { all, most, kinds },
  sum,
  order,
  over,
}: {
  tally: Tally;
  sum: Sum;
  order: Order;
  over: boolean;
}): JSX.Element {
  return (
    <section class="result">
      <p>
        <strong>{t("bulk.sum", { sessions: number(sum.sessions), different: number(sum.different) })}</strong>{" "}
        {t("bulk.repetitions", { before: number(sum.before), after: number(sum.after) })}{" "}
        {counted("bulk.otherwise", sum.recounted)} {sum.cut > 0 && counted("bulk.cut", sum.cut)}{" "}
        {sum.judged !== null &&
          t("bulk.judged", {
            before: number(sum.judged.before),
            after: number(sum.judged.after),
            of: number(sum.judged.of),
            better: number(sum.judged.better),
            worse: number(sum.judged.worse),
          })}{" "}
        {over && (
          <>
            <button type="button" onClick={() => offer(new Blob([csvOf(all)], { type: "text/csv" }), "rerun.csv")}>
              {t("bulk.csv")}
            </button>{" "}
            <button
              type="button"
              onClick={() => offer(new Blob([jsonlOf(all)], { type: "application/jsonl" }), "rerun.jsonl")}
            >
              {t("bulk.jsonl")}
            </button>
          </>
        )}
      </p>
      {kinds.length > 0 && <Kinds rows={kinds} />}
      {most.length > 0 && (
        <>
          <h2>{t("bulk.most")}</h2>
          <p class="none">{t("bulk.tabs")}</p>
        </>
      )}
      <ol class="most">
        {most.slice(0, LISTED).map((one) => (
          <Session key={one.record.session} one={one} order={order} />
        ))}
      </ol>
      {most.length > LISTED && <p class="none">{t("wall.more", { n: number(most.length - LISTED) })}</p>}
    </section>
  );
}

/** Each time leads to its moment on the bench, where the same is found again; in another tab, since what came of many took its time. */
function Session({ one: { record, repetitions, lines }, order }: { one: Changed; order: Order }): JSX.Element {
  const at = (at_s: number) => ({
    href: replayAt(record.session, at_s) + orderHash(order),
    target: "_blank",
    rel: "noopener",
  });
  return (
    <li>
      <a {...at(lines[0]?.at_s ?? 0)}>
        {moment(record.started_utc)}, {record.machine}
        {record.plan?.label != null && `, ${record.plan.label}`}
      </a>{" "}
      {repetitions.before !== repetitions.after &&
        t("bulk.recounted", { before: number(repetitions.before), after: number(repetitions.after) })}
      <ul>
        {lines.slice(0, WORDS).map((line, n) => (
          <li key={n}>
            <span aria-hidden="true">{SIGNS[line.way]}</span>
            <span class="unseen">{t(`replay.way.${line.way}`)}</span> <a {...at(line.at_s)}>{title(line.event)}</a>
            {line.fields.length > 0 && `: ${line.fields.map(({ name }) => name).join(", ")}`}
          </li>
        ))}
        {lines.length > WORDS && <li>{t("wall.more", { n: number(lines.length - WORDS) })}</li>}
      </ul>
    </li>
  );
}
