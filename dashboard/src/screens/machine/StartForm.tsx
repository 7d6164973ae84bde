import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { moment, t } from "../../i18n/language";
import { browser } from "../../live/browser";
import type { Machine } from "../../live/machine";
import { versionOf } from "../../live/version";
import { Icon } from "../../ui/icons";
import type { Plan } from "../../wire.gen";
import { uuid } from "../patient/telling";
import { ask, Refused } from "../set/labels";
import { calibratedWords, type Device, lookAt } from "./device";
import { loadWords } from "./PlanCard";

interface Props {
  machine: Machine;
  /** As it is shown; it may change while this is open. */
  plan: Plan | null;
  onStarted: () => void;
  onClose: () => void;
}

/** When the alias was here last: null = never, undefined = not known. */
type Seen = string | null | undefined;

/**
 * Who sits here? Asked before every set; without it nothing is started (H02, decision 0242).
 *
 * What is confirmed is the plan that stands here. One that is given meanwhile has to be seen first, and the service refuses a start
 * under any other.
 */
export function StartForm({ machine, plan, onStarted, onClose }: Props): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const contents = contentsOf(plan);
  const opened = useRef(contents).current;
  const seenAnew = useSignal("");
  const label = plan?.label ?? null;
  const seen = useSignal<Seen>(undefined);
  const device = useSignal<Device | null>(null);
  const accepted = useSignal(false);
  const waiting = useSignal(false);
  const wrong = useSignal("");
  const id = useRef(uuid()).current;
  useLayoutEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    let over = false;
    seen.value = undefined;
    if (label !== null) {
      void lastSeen(machine.name).then((utc) => {
        if (!over) seen.value = utc;
      });
    }
    return () => {
      over = true;
    };
  }, [contents]);
  useEffect(() => {
    void lookAt(machine.name).then((found) => (device.value = found?.device ?? null));
  }, []);

  const old = device.value?.calibration_expired ?? false;
  const changed = contents !== opened;
  const can = !waiting.value && (!old || accepted.value) && (!changed || seenAnew.value === contents);
  const start = async () => {
    if (!can) return;
    waiting.value = true;
    wrong.value = "";
    const confirmed = { label, session: plan?.session ?? null, ...(old ? { calibration: "expired" } : {}) };
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
        {plan !== null && (
          <div>
            <dt>{t("plan.load")}</dt>
            <dd>{loadWords(plan)}</dd>
          </div>
        )}
        <div data-expired={old}>
          <dt>{t("machine.calibrated")}</dt>
          <dd>{calibratedWords(device.value, browser.utc_ms())}</dd>
        </div>
      </dl>
      {changed && (
        <label class="override">
          <input
            type="checkbox"
            checked={seenAnew.value === contents}
            onChange={({ currentTarget }) => {
              seenAnew.value = currentTarget.checked ? contents : "";
            }}
          />
          <span role="alert">{t("start.changed")}</span>
        </label>
      )}
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

/** Another session under the same plan is no other plan. */
function contentsOf(plan: Plan | null): string {
  return JSON.stringify(plan && { ...plan, session: null });
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
