import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { counted, moment, number, t } from "../../i18n/language";
import { offer } from "../../ui/offer";
import { parameters, Refused, rerun, versions } from "../replay/asking";
import { BaseChoice } from "../replay/BaseChoice";
import { Kinds } from "../replay/Kinds";
import { replayAt } from "../replay/moment";
import { type Base, type Order, type Parameter, type Rerun, startOf, typed, type Version } from "../replay/rerun";
import { SIGNS, title } from "../replay/words";
import { Batch, type Done } from "./batch";
import { type Changed, changedOf, csvOf, jsonlOf, type Sum, Tally } from "./many";
import type { SessionRecord } from "./record";
import { KINDS, take } from "./taking";

const BUSY_MS = 1000;
const BUSY_TIMES = 60;
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

/** What can be done with the chosen sessions at once: analysed otherwise, taken along. With progress, to be stopped at any time. */
export function Bulk({ records, running, clear }: Props): JSX.Element {
  const taking = useMemo(() => new Batch<SessionRecord, number>(), []);
  const asking = useMemo(() => new Batch<SessionRecord, Changed>(), []);
  /** Of the last run; what is shown of it follows the batch. */
  const tally = useRef(new Tally());
  const asked = useSignal<readonly SessionRecord[]>([]);
  const open = useSignal(false);
  const busy = taking.state.value === "running" || asking.state.value === "running";
  return (
    <section class="bulk" aria-label={t("bulk.title")}>
      <p class="line">
        <strong>{counted("bulk.chosen", records.length + running)}</strong>
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
            <button
              key={kind}
              type="button"
              disabled={busy || records.length === 0}
              onClick={() => void take(taking, records, kind)}
            >
              {t(`bulk.export.${kind}`)}
            </button>
          ))}
        </span>
        <span class="push" />
        <button type="button" disabled={busy} onClick={clear}>
          {t("bulk.clear")}
        </button>
      </p>
      <Progress batch={taking} name={t("bulk.exporting")} />
      <Faults done={taking.done.value} records={records} />
      {open.value && (
        <Otherwise
          busy={busy}
          run={(order) => {
            asked.value = records;
            const mine = new Tally();
            tally.current = mine;
            void asking.run(records, async (record) => {
              const one = changedOf(record, await patiently(record.session, order, asking));
              mine.add(one);
              return one;
            });
          }}
        />
      )}
      <Progress batch={asking} name={t("bulk.analysing")} />
      <Faults done={asking.done.value} records={asked.value} />
      {tally.current.all.length > 0 && (
        // By its sum it is seen that there is more to show.
        <Result tally={tally.current} sum={tally.current.sum} over={asking.state.value !== "running"} />
      )}
    </section>
  );
}

/** Whoever is busy is asked again; what can't be asked of one can't be asked of any. */
async function patiently(session: string, order: Order, batch: Batch<SessionRecord, Changed>): Promise<Rerun> {
  for (let time = 1; ; time++) {
    try {
      return await rerun(session, order);
    } catch (error) {
      if (error instanceof Refused && error.status === 422) batch.stop();
      if (!(error instanceof Refused) || error.status !== 503 || time === BUSY_TIMES) throw error;
      await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
    }
  }
}

function Progress({ batch, name }: { batch: Batch<SessionRecord, unknown>; name: string }): JSX.Element | null {
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
      {state === "running" && (
        <button type="button" onClick={() => batch.stop()}>
          {t("bulk.stop")}
        </button>
      )}
      {state === "stopped" && <span>{t("bulk.stopped")}</span>}
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

/** What is to be otherwise: parameters by name, or another installed version. */
function Otherwise({ busy, run }: { busy: boolean; run: (order: Order) => void }): JSX.Element {
  const known = useSignal<readonly Parameter[]>([]);
  const installed = useSignal<readonly Version[]>([]);
  const version = useSignal("");
  const base = useSignal<Base>("recorded");
  const given = useSignal<readonly { name: string; text: string }[]>([{ name: "", text: "" }]);
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
      run({ parameters: values, base: base.value });
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
            {installed.value.map(({ name, here }) => (
              <option key={name} value={here ? "" : name}>
                {here ? t("replay.versionHere", { name }) : name}
              </option>
            ))}
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
          <ul>
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
                    placeholder={start === null ? blank : number(start, 3)}
                    onInput={(event) => change(n, { text: event.currentTarget.value })}
                  />
                  <span class="unit">{one?.unit ?? ""}</span>
                </li>
              );
            })}
          </ul>
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

/** What has changed so far: in all, by kind, and the sessions that change most. */
function Result({ tally: { all, most, kinds }, sum, over }: { tally: Tally; sum: Sum; over: boolean }): JSX.Element {
  return (
    <section class="result">
      <p>
        <strong>{t("bulk.sum", { sessions: number(sum.sessions), different: number(sum.different) })}</strong>{" "}
        {t("bulk.repetitions", { before: number(sum.before), after: number(sum.after) })}{" "}
        {counted("bulk.otherwise", sum.recounted)}{" "}
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
      {most.length > 0 && <h2>{t("bulk.most")}</h2>}
      <ol class="most">
        {most.slice(0, LISTED).map((one) => (
          <Session key={one.record.session} one={one} />
        ))}
      </ol>
      {most.length > LISTED && <p class="none">{t("wall.more", { n: number(most.length - LISTED) })}</p>}
    </section>
  );
}

function Session({ one: { record, repetitions, lines } }: { one: Changed }): JSX.Element {
  const at = (at_s: number) => replayAt(record.session, at_s);
  return (
    <li>
      <a href={at(lines[0]?.at_s ?? 0)}>
        {moment(record.started_utc)}, {record.machine}
        {record.plan?.label != null && `, ${record.plan.label}`}
      </a>{" "}
      {repetitions.before !== repetitions.after &&
        t("bulk.recounted", { before: number(repetitions.before), after: number(repetitions.after) })}
      <ul>
        {lines.slice(0, WORDS).map((line, n) => (
          <li key={n}>
            <span aria-hidden="true">{SIGNS[line.way]}</span>
            <span class="unseen">{t(`replay.way.${line.way}`)}</span> <a href={at(line.at_s)}>{title(line.event)}</a>
            {line.fields.length > 0 && `: ${line.fields.map(({ name }) => name).join(", ")}`}
          </li>
        ))}
        {lines.length > WORDS && <li>{t("wall.more", { n: number(lines.length - WORDS) })}</li>}
      </ul>
    </li>
  );
}
