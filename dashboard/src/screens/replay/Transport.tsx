import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { number, t } from "../../i18n/language";
import { Icon } from "../../ui/icons";
import { addressOf, KINDS } from "../record/taking";
import type { Bench } from "./bench";
import { clock } from "./moment";
import { PANELS } from "./panels";
import { FASTEST, SPEEDS } from "./player";

/** Play, speed, loop, follow, and where one is. Every one of them has a key. */
export function Transport({ bench }: { bench: Bench }): JSX.Element {
  const { playing, speed, loop } = bench.transport.value;
  return (
    <div class="transport">
      <button type="button" class="play" onClick={() => bench.act({ do: "play" })} aria-keyshortcuts="Space">
        <Icon name={playing ? "pause" : "resume"} />
        {t(playing ? "replay.pause" : "replay.play")}
      </button>
      <span class="pair">
        <button
          type="button"
          title={t("replay.before")}
          aria-label={t("replay.before")}
          onClick={() => bench.act({ do: "repetition", step: -1 })}
        >
          <Icon name="slow" />
        </button>
        <button
          type="button"
          title={t("replay.after")}
          aria-label={t("replay.after")}
          onClick={() => bench.act({ do: "repetition", step: 1 })}
        >
          <Icon name="fast" />
        </button>
      </span>
      <Clock bench={bench} />
      <label>
        {t("replay.pace")}
        <select value={String(speed)} onChange={(event) => bench.pace(Number(event.currentTarget.value))}>
          {SPEEDS.map((one) => (
            <option key={one} value={String(one)}>
              {one === FASTEST ? t("replay.fastest") : `${number(one, one < 0.1 ? 2 : one < 1 ? 1 : 0)}×`}
            </option>
          ))}
        </select>
      </label>
      <button type="button" aria-pressed={loop !== null} onClick={() => bench.act({ do: "loop" })}>
        {t("replay.loop")}
      </button>
      <button type="button" onClick={() => bench.act({ do: "whole" })}>
        {t("replay.whole")}
      </button>
      {bench.open.value && (
        <button type="button" aria-pressed={bench.following.value} onClick={() => bench.act({ do: "follow" })}>
          <Icon name="live" />
          {t("replay.follow")}
        </button>
      )}
      <details class="menu">
        <summary>{t("replay.inside")}</summary>
        <fieldset>
          <legend>{t("replay.insideHint")}</legend>
          {PANELS.map((panel) => (
            <label key={panel}>
              <input
                type="checkbox"
                checked={bench.panels.value.includes(panel)}
                onChange={(event) => void bench.panel(panel, event.currentTarget.checked)}
              />
              <span>
                {t(`replay.chart.${panel}`)}
                <small>{t(`replay.about.${panel}`)}</small>
              </span>
            </label>
          ))}
        </fieldset>
      </details>
      <span class="rest">
        <span class="told" role="status">
          {bench.told.value !== null && t(`replay.${bench.told.value}`)}
        </span>
        <button type="button" onClick={() => bench.act({ do: "bookmark" })}>
          {t("replay.bookmark")}
        </button>
        <button type="button" onClick={() => bench.act({ do: "copy" })}>
          {t("replay.copy")}
        </button>
        <details class="menu right">
          <summary>{t("replay.save")}</summary>
          <div>
            <h2>{t("replay.picture")}</h2>
            {(["png", "svg"] as const).map((kind) => (
              <button
                key={kind}
                type="button"
                onClick={(event) => {
                  event.currentTarget.closest("details")?.removeAttribute("open");
                  // Its code comes with the first picture that is saved.
                  void import("./saving").then(({ save }) => save(bench, kind)).catch(() => bench.tell("unsaved"));
                }}
              >
                {t(`replay.save.${kind}`)}
              </button>
            ))}
            <Whole bench={bench} />
          </div>
        </details>
        <button type="button" aria-expanded={bench.help.value} onClick={() => bench.act({ do: "help" })}>
          {t("replay.keys")}
        </button>
      </span>
      {bench.address.value !== null && <ByHand bench={bench} address={bench.address.value} />}
    </div>
  );
}

/** The session itself, of which nothing is missing any more. */
function Whole({ bench }: { bench: Bench }): JSX.Element | null {
  const record = bench.record.value;
  if (record === null || record.ended_utc === null) return null;
  const damaged = record.damage != null || bench.whole.value?.about.damage !== undefined;
  return (
    <>
      <h2>{t("replay.data")}</h2>
      {KINDS.map((kind) => (
        <a key={kind} href={addressOf(record, kind, damaged)} download>
          {t(`replay.data.${kind}`)}
        </a>
      ))}
    </>
  );
}

/** The link to copy by hand, chosen already. */
function ByHand({ bench, address }: { bench: Bench; address: string }): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, [address]);
  const close = () => {
    bench.address.value = null;
  };
  return (
    <p class="by-hand">
      <span role="alert">{t("replay.byHand")}</span>
      <input
        ref={field}
        readOnly
        value={address}
        aria-label={t("replay.byHand")}
        onKeyDown={(event) => {
          if (event.key === "Escape") close();
        }}
      />
      <button type="button" onClick={close}>
        {t("replay.close")}
      </button>
    </p>
  );
}

/** Where one is: with every frame, so apart from the rest. */
function Clock({ bench }: { bench: Bench }): JSX.Element {
  bench.came.value;
  return (
    <output class="clock">
      <strong>{clock(bench.player.value.at_s)}</strong> / {clock(bench.length_s)}
    </output>
  );
}
