import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { moment, t } from "../../i18n/language";
import { browser } from "../../live/browser";
import type { Machine } from "../../live/machine";
import { versionOf } from "../../live/version";
import { Icon } from "../../ui/icons";
import { uuid } from "../patient/telling";
import { ask, Refused } from "../set/labels";
import { calibratedWords, type Device, lookAt } from "./device";

interface Props {
  machine: Machine;
  onStarted: () => void;
  onClose: () => void;
}

/** When the alias was here last: null = never, undefined = not known. */
type Seen = string | null | undefined;

/**
 * Who sits here? Asked before every set; without it nothing is started (H02, decision 0242).
 *
 * What is confirmed is what stood here when it was opened: the service refuses it where the plan is another one by then.
 */
export function StartForm({ machine, onStarted, onClose }: Props): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const plan = useRef(machine.plan).current;
  const label = plan?.label ?? null;
  const seen = useSignal<Seen>(undefined);
  const device = useSignal<Device | null>(null);
  const accepted = useSignal(false);
  const waiting = useSignal(false);
  const wrong = useSignal("");
  const id = useRef(uuid()).current;
  useLayoutEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    if (label !== null) void lastSeen(machine.name).then((utc) => (seen.value = utc));
    void lookAt(machine.name).then((found) => (device.value = found?.device ?? null));
  }, []);

  const old = device.value?.calibration_expired ?? false;
  const can = !waiting.value && (!old || accepted.value);
  const start = async () => {
    if (!can) return;
    waiting.value = true;
    const confirmed = { label, ...(old ? { calibration: "expired" } : {}) };
    try {
      await ask("POST", `/api/v1/machines/${machine.name}/start`, { id, confirmed });
      onStarted();
      dialog.current?.close();
    } catch (error) {
      wrong.value = error instanceof Refused ? error.message : t("problem.unreached");
      device.value = (await lookAt(machine.name))?.device ?? device.value;
    }
    waiting.value = false;
  };
  const version = versionOf(plan);
  return (
    <dialog ref={dialog} class="plan-form start-form" aria-labelledby="start-title" onClose={onClose}>
      <h2 id="start-title">
        {t("start.title")} <small>{machine.name}</small>
      </h2>
      <p class="who">{label ?? t(plan === null ? "start.noPlan" : "start.nobody")}</p>
      {label !== null && <p class="seen">{seenWords(seen.value)}</p>}
      {machine.answers.checkIn?.who === "other" && (
        <p class="warning">
          <Icon name="stale" />
          {t("start.other")}
        </p>
      )}
      <dl>
        {version !== null && (
          <div>
            <dt>{t("start.plan")}</dt>
            <dd>
              {version} <small>{t("start.asOnScreen")}</small>
            </dd>
          </div>
        )}
        <div data-expired={old}>
          <dt>{t("machine.calibrated")}</dt>
          <dd>{calibratedWords(device.value, browser.utc_ms())}</dd>
        </div>
      </dl>
      {old && (
        <label class="override">
          <input
            type="checkbox"
            checked={accepted.value}
            onChange={({ currentTarget }) => {
              accepted.value = currentTarget.checked;
            }}
          />
          <span>{t("start.expired")}</span>
        </label>
      )}
      <p class="fault" role="alert">
        {wrong.value}
      </p>
      <div class="buttons">
        <button type="button" class="main" aria-disabled={!can} onClick={() => void start()}>
          {t(label === null ? "start.anyone" : "start.yes", { label: label ?? "" })}
        </button>
        <button type="button" onClick={() => dialog.current?.close()}>
          {t("start.no")}
        </button>
      </div>
    </dialog>
  );
}

function seenWords(seen: Seen): string {
  if (seen === undefined) return t("start.seenUnknown");
  return seen === null ? t("start.seenNever") : t("start.seen", { when: moment(seen) });
}

async function lastSeen(machine: string): Promise<Seen> {
  const answer = await browser.ask(`/api/v1/machines/${machine}/last-time`).catch(() => null);
  if (!answer?.ok) return undefined;
  return ((await answer.json().catch(() => ({}))) as { seen_utc?: string | null }).seen_utc;
}
