import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../../i18n/language";
import { machines } from "./asking";
import { ANY, type Filter, FLAGS, isAny } from "./filter";

/** Which sessions are listed: by machine, by day, by what stands out in them. */
export function Filters({
  filter,
  listed,
  choose,
}: {
  filter: Filter;
  /** Machines of the sessions in sight: they may be known no more. */
  listed: readonly string[];
  choose: (filter: Filter) => void;
}): JSX.Element {
  const [known, learn] = useState<readonly string[]>([]);
  useEffect(() => {
    void machines().then(learn);
  }, []);
  const named = [...new Set([...known, ...listed, filter.machine])].filter((name) => name !== "").sort();
  return (
    <search class="filters" aria-label={t("list.filter")}>
      <label>
        {t("list.machine")}
        <select
          id="filter"
          value={filter.machine}
          onChange={(event) => choose({ ...filter, machine: event.currentTarget.value })}
        >
          <option value="">{t("list.all")}</option>
          {named.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {(["from", "to"] as const).map((name) => (
        <label key={name}>
          {t(`list.${name}`)}
          <input
            type="date"
            value={filter[name]}
            onChange={(event) => choose({ ...filter, [name]: event.currentTarget.value })}
          />
        </label>
      ))}
      <fieldset>
        <legend>{t("list.flags")}</legend>
        {FLAGS.map((flag) => (
          <label key={flag} class="chip">
            <input
              type="checkbox"
              checked={filter.flags.includes(flag)}
              onChange={(event) =>
                choose({
                  ...filter,
                  flags: FLAGS.filter((one) =>
                    one === flag ? event.currentTarget.checked : filter.flags.includes(one),
                  ),
                })
              }
            />
            {t(`list.flag.${flag}`)}
          </label>
        ))}
      </fieldset>
      {!isAny(filter) && (
        <button type="button" onClick={() => choose(ANY)}>
          {t("list.clear")}
        </button>
      )}
    </search>
  );
}
