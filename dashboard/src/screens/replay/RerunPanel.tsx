import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { number, t } from "../../i18n/language";
import { parametersOf, versions } from "./asking";
import { BaseChoice } from "./BaseChoice";
import type { Bench } from "./bench";
import { Kinds } from "./Kinds";
import { Listing } from "./Listing";
import { clock } from "./moment";
import { PlanFields } from "./PlanFields";
import { Refusals } from "./Refusals";
import {
  apart,
  type Base,
  counts,
  differs,
  type Line,
  lines,
  type Parameter,
  slight,
  startOf,
  type Version,
  written,
} from "./rerun";
import { VersionOptions } from "./VersionOptions";
import { details, plain, SIGNS, title } from "./words";

/** Parameters listed at a time: the search narrows them. */
const LISTED = 30;

/** Change parameters or the plan, analyse again, see what differs. Nothing of it is kept. */
export function RerunPanel({ bench }: { bench: Bench }): JSX.Element {
  const known = useSignal<Parameter[]>([]);
  const search = useSignal("");
  const installed = useSignal<readonly Version[]>([]);
  const { given, plan, version, base, order, difference, busy, refused } = bench.whatIf;

  useEffect(() => {
    if (bench.open.value) return;
    void parametersOf(bench.id)
      .then((found) => {
        known.value = found;
      })
      .catch(() => undefined);
    void versions().then((found) => {
      installed.value = found;
    });
  }, [bench.open.value]);

  if (bench.open.value) return <p class="none">{t("replay.rerunOpen")}</p>;
  const recorded = bench.record.value?.plan ?? null;
  // The alias is no part of what is asked for, and would stand in every link.
  const like = recorded && { ...recorded, session: null, label: null };
  const touched =
    Object.keys(given.value).length > 0 || plan.value !== null || version.value !== "" || base.value !== "recorded";

  return (
    <form
      class="rerun"
      onSubmit={(event) => {
        event.preventDefault();
        void bench.whatIf.submit();
      }}
    >
      <p class="none">{t("replay.rerunHint")}</p>
      <label class="version">
        {t("replay.version")}
        <select
          value={version.value}
          disabled={installed.value.length < 2}
          onChange={(event) => {
            version.value = event.currentTarget.value;
          }}
        >
          <VersionOptions installed={installed.value} />
        </select>
      </label>
      <p class="none">{t(installed.value.length < 2 ? "replay.versionNone" : "replay.versionHint")}</p>
      {version.value === "" && (
        <>
          <BaseChoice base={base} known={known.value} />
          <Fields known={known.value} base={base.value} given={given} search={search} />
          <PlanFields plan={plan} recorded={like} />
        </>
      )}
      <Refusals faults={refused.value} />
      <p class="go">
        <button type="submit" class="main" disabled={busy.value}>
          {t(busy.value ? "replay.running" : "replay.run")}
        </button>
        {(touched || order.value !== null) && (
          <button type="button" onClick={() => bench.whatIf.clear()}>
            {t("replay.reset")}
          </button>
        )}
      </p>
      {difference.value !== null && <Result bench={bench} />}
    </form>
  );
}

function Fields({
  known,
  base,
  given,
  search,
}: {
  known: readonly Parameter[];
  base: Base;
  given: { value: Readonly<Record<string, string>> };
  search: { value: string };
}): JSX.Element {
  const wanted = search.value.trim().toLowerCase();
  const isGiven = ({ name }: Parameter) => given.value[name] !== undefined;
  const matches = known.filter(
    (one) => isGiven(one) || wanted === "" || `${one.name} ${one.source} ${one.unit}`.toLowerCase().includes(wanted),
  );
  const others = matches.filter((one) => !isGiven(one));
  const ranked = [...others.filter(differs), ...others.filter((one) => !differs(one))];
  const shown = [...matches.filter(isGiven), ...ranked].slice(0, LISTED);
  const { none } = apart(known);
  return (
    <fieldset class="parameters">
      <legend>{t("replay.parameters")}</legend>
      <input
        type="search"
        value={search.value}
        placeholder={t("replay.search", { n: number(known.length) })}
        aria-label={t("replay.search", { n: number(known.length) })}
        onInput={(event) => {
          search.value = event.currentTarget.value;
        }}
      />
      <ul>
        {shown.map((one) => (
          <li key={one.name} data-given={given.value[one.name] !== undefined}>
            <label>
              <code>{one.name}</code>
              <small>{one.source}</small>
              <Apart one={one} base={base} none={none} />
              <span class="field">
                <input
                  inputMode="decimal"
                  value={given.value[one.name] ?? ""}
                  placeholder={plainly(startOf(one, base))}
                  onInput={(event) => {
                    const { [one.name]: _before, ...rest } = given.value;
                    const text = event.currentTarget.value;
                    given.value = text === "" ? rest : { ...rest, [one.name]: text };
                  }}
                />
                <span class="unit">{one.unit}</span>
              </span>
            </label>
          </li>
        ))}
      </ul>
      {matches.length > shown.length && (
        <p class="none">{t("wall.more", { n: number(matches.length - shown.length) })}</p>
      )}
    </fieldset>
  );
}

/** What the recording and this version have otherwise. */
function Apart({ one, base, none }: { one: Parameter; base: Base; none: boolean }): JSX.Element | null {
  if (one.recorded === false && !none && base === "recorded") return <small>{t("rerun.lacks")}</small>;
  if (!differs(one)) return null;
  const there = startOf(one, base === "recorded" ? "defaults" : "recorded");
  return <small class="apart">{t(base === "recorded" ? "rerun.now" : "rerun.then", { value: plainly(there) })}</small>;
}

/** As it would be typed; nothing where it isn't known. */
function plainly(value: number | null): string {
  return value === null ? "" : written(value);
}

/** What went, came and changed: in numbers, then one by one. */
function Result({ bench }: { bench: Bench }): JSX.Element {
  const { value: found } = bench.whatIf.difference;
  if (found === null) return <p />;
  const rows = counts(found);
  const { labels } = found;
  const judged = labels !== undefined && (
    <p class="judged">
      {t("replay.judged", { before: number(labels.before), after: number(labels.after), of: number(labels.of) })}
    </p>
  );
  if (rows.length === 0)
    return (
      <>
        <p class="same">{t("replay.same")}</p>
        {judged}
      </>
    );
  const minor = lines(found).filter(slight).length;
  const shown = bench.changes.value;
  return (
    <section class="result">
      <h2>{t("replay.result")}</h2>
      {judged}
      <Kinds rows={rows} />
      {minor > 0 && (
        <label class="slight">
          <input
            type="checkbox"
            checked={bench.slightToo.value}
            onChange={(event) => {
              bench.slightToo.value = event.currentTarget.checked;
            }}
          />
          {t("replay.slight", { n: number(minor) })}
        </label>
      )}
      <Listing bench={bench} items={shown} scrolls={false}>
        {(line) => <Changed line={line} />}
      </Listing>
    </section>
  );
}

function Changed({ line }: { line: Line }): JSX.Element {
  return (
    <>
      <time>{clock(line.at_s)}</time>
      <span class="way" data-way={line.way}>
        <span aria-hidden="true">{SIGNS[line.way]}</span>
        <span class="unseen">{t(`replay.way.${line.way}`)}</span>
      </span>
      <span>
        <strong>{title(line.event)}</strong>
        {line.fields.length === 0 && details(line.event).length > 0 && <small>{details(line.event).join(" · ")}</small>}
        {line.fields.map(({ name, before, after }) => (
          <small key={name}>
            <code>{name}</code> {plain(before)} → {plain(after)}
          </small>
        ))}
      </span>
    </>
  );
}
