import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/language";
import type { Machine } from "../../live/machine";
import { Icon, type IconName } from "../../ui/icons";
import type { Plan } from "../../wire.gen";
import { tell, uuid, wait } from "../patient/telling";
import { ask, Refused } from "../set/labels";
import { StartForm } from "./StartForm";
import type { Allowed } from "./view";

type Verb = "pause" | "resume" | "stop";

interface Props {
  of: Machine;
  /** As it is shown. */
  plan: Plan | null;
  allowed: Allowed;
  inPain: boolean;
}

/**
 * Start, pause, stop and pain stop. Each press is one act, whatever becomes of its answer; pain is told until it is heard; a start
 * first asks who sits there.
 */
export function Controls({ of, plan, allowed, inPain }: Props): JSX.Element {
  const machine = of.name;
  const asking = useSignal(false);
  const said = useSignal("");
  const wrong = useSignal(false);
  const over = useRef<() => void>(() => {});
  useEffect(() => () => over.current(), []);

  const act = async (verb: Verb) => {
    said.value = "";
    try {
      await ask("POST", `/api/v1/machines/${machine}/${verb}`, { id: uuid() });
      wrong.value = false;
      said.value = t(`machine.done.${verb}`);
    } catch (error) {
      wrong.value = true;
      said.value = error instanceof Refused ? error.message : t("problem.unreached");
    }
  };
  const pain = async () => {
    over.current();
    let ended = false;
    over.current = () => {
      ended = true;
    };
    wrong.value = false;
    said.value = t("machine.painTelling");
    const press = { id: uuid(), reason: "pain" };
    for (let n = 0; !ended; n++) {
      const outcome = await tell(machine, "stop", press);
      if (ended) return;
      wrong.value = outcome !== "told";
      if (outcome !== "unreached") {
        const words = {
          told: "machine.painTold",
          forbidden: "problem.not-allowed",
          refused: "problem.no-session",
        } as const;
        said.value = t(words[outcome]);
        return;
      }
      await wait(n);
    }
  };
  const goesOn = allowed.resume;
  return (
    <section class="controls" aria-label={t("machine.controls")}>
      <Button
        verb={goesOn ? "resume" : "start"}
        icon="resume"
        can={goesOn || allowed.start}
        onPress={() => {
          if (goesOn) void act("resume");
          else asking.value = true;
        }}
      />
      <Button verb="pause" icon="pause" can={allowed.pause} onPress={() => void act("pause")} />
      <Button
        verb="stop"
        icon="stop"
        can={allowed.stop}
        onPress={() => void act("stop")}
        hint={t("machine.stopHint")}
      />
      <Button verb="pain" icon="pain" can={allowed.stop && !inPain} onPress={() => void pain()} />
      {allowed.refusal !== null && <p class="refusal">{t(`refusal.${allowed.refusal}`)}</p>}
      <p class="answer" role="status" data-wrong={wrong.value}>
        {said.value}
      </p>
      {asking.value && (
        <StartForm
          machine={of}
          plan={plan}
          onStarted={() => {
            wrong.value = false;
            said.value = t("machine.done.start");
          }}
          onClose={() => {
            asking.value = false;
          }}
        />
      )}
    </section>
  );
}

interface ButtonProps {
  verb: Verb | "start" | "pain";
  icon: IconName;
  can: boolean;
  hint?: string;
  onPress: () => void;
}

/** It stays where it is and can be focused while it does nothing: a target that vanishes under a finger is a hazard. */
function Button({ verb, icon, can, hint, onPress }: ButtonProps): JSX.Element {
  return (
    <button type="button" data-verb={verb} aria-disabled={!can} onClick={() => can && onPress()}>
      <Icon name={icon} />
      <span>
        {t(`machine.${verb}`)}
        {hint !== undefined && <small>{hint}</small>}
      </span>
    </button>
  );
}
