import { useSignal } from "@preact/signals";
import { Fragment, type JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/language";
import { browser } from "../../live/browser";
import type { Plan } from "../../wire.gen";
import { problemWords } from "../set/labels";
import { earlierWords, settled, useEarlier } from "./earlier";
import {
  CHOICES,
  type ChoicePointer,
  draftOf,
  type Faults,
  faultsFrom,
  faultsOf,
  type Pointer,
  planOf,
} from "./planning";

const GROUPS: readonly {
  name: "range" | "tempo" | "repetitions" | "tolerance" | "display" | "more";
  fields: readonly Pointer[];
}[] = [
  { name: "range", fields: ["/range/flexion_deg", "/range/extension_deg"] },
  { name: "tolerance", fields: ["/tolerance/angle_deg", "/tolerance/share", "/tolerance/least_s"] },
  { name: "tempo", fields: ["/tempo/extension_s", "/tempo/hold_s", "/tempo/flexion_s", "/tempo/turn_s"] },
  { name: "repetitions", fields: ["/repetitions/least", "/repetitions/most", "/endpoint"] },
  { name: "more", fields: ["/label", "/load_nm", "/resistance", "/pacing"] },
  {
    name: "display",
    fields: ["/display/feedback", "/display/from_repetition", "/display/motion", "/display/rest_s"],
  },
];

interface Props {
  machine: string;
  plan: Plan | null;
  onClose: () => void;
}

/** The plan to change: each limit is checked while it is typed; what the service still refuses stands at the field it points at. */
export function PlanForm({ machine, plan, onClose }: Props): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const draft = useSignal(draftOf(plan));
  const refused = useSignal<Faults>({});
  const touched = useSignal<readonly Pointer[]>([]);
  const waiting = useSignal(false);
  const earlier = useEarlier(draft.value["/label"], plan);
  useLayoutEffect(() => dialog.current?.showModal(), []);

  const faults = faultsOf(draft.value);
  const shown = (pointer: Pointer) =>
    refused.value[pointer] ??
    (touched.value.includes(pointer) || draft.value[pointer] !== "" ? faults[pointer] : undefined);
  const change = (pointer: Pointer, text: string) => {
    draft.value = { ...draft.value, [pointer]: text };
    touched.value = [...touched.value, pointer];
    const { [pointer]: _, ...rest } = refused.value;
    refused.value = rest;
  };
  const send = async (method: "PUT" | "DELETE") => {
    waiting.value = true;
    const typed = draft.value;
    const sets = method === "PUT" ? await settled(earlier, typed["/label"]) : null;
    // Whoever has closed it meanwhile gives nothing.
    if (!dialog.current?.open) return;
    const found = await give(machine, method, method === "PUT" ? planOf(typed, sets ?? []) : null);
    waiting.value = false;
    if (found === null) dialog.current?.close();
    else refused.value = typeof found === "string" ? { "": found } : faultsFrom(found, draft.value);
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const [first] = Object.keys(faults);
    if (first === undefined) {
      void send("PUT");
      return;
    }
    touched.value = Object.keys(draft.value) as Pointer[];
    dialog.current?.querySelector<HTMLElement>(`[data-pointer="${first}"]`)?.focus();
  };
  return (
    <dialog ref={dialog} class="plan-form" aria-labelledby="plan-title" onClose={onClose}>
      <form noValidate onSubmit={submit}>
        <h2 id="plan-title">
          {t("plan.title")} <small>{machine}</small>
        </h2>
        <div class="groups">
          {GROUPS.map(({ name, fields }) => (
            <Fragment key={name}>
              <fieldset data-group={name}>
                <legend>{t(`plan.group.${name}`)}</legend>
                {fields.map((pointer) => (
                  <Field
                    key={pointer}
                    pointer={pointer}
                    value={draft.value[pointer]}
                    fault={shown(pointer)}
                    onInput={(text) => change(pointer, text)}
                  />
                ))}
              </fieldset>
              {name === "more" && (
                <p class="earlier" aria-live="polite">
                  {draft.value["/label"].trim() !== "" && earlierWords(earlier.value)}
                </p>
              )}
            </Fragment>
          ))}
        </div>
        <p class="fault" role="alert">
          {refused.value[""] ?? (Object.keys(refused.value).length > 0 ? t("plan.kept") : "")}
        </p>
        <div class="buttons">
          <button type="submit" class="main" disabled={waiting.value}>
            {t("plan.save")}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            {t("plan.close")}
          </button>
          {plan !== null && (
            <button type="button" class="away" disabled={waiting.value} onClick={() => void send("DELETE")}>
              {t("plan.remove")}
            </button>
          )}
        </div>
      </form>
    </dialog>
  );
}

interface FieldProps {
  pointer: Pointer;
  value: string;
  fault: string | undefined;
  onInput: (text: string) => void;
}

function Field({ pointer, value, fault, onInput }: FieldProps): JSX.Element {
  const id = `plan${pointer.replaceAll("/", "-")}`;
  const told = fault === undefined ? {} : { "aria-describedby": `${id}-fault` };
  const choices = Object.hasOwn(CHOICES, pointer) ? CHOICES[pointer as ChoicePointer] : null;
  return (
    <p class="field" data-faulty={fault !== undefined}>
      <label for={id}>{t(`plan.field.${pointer}`)}</label>
      {choices !== null ? (
        <select
          id={id}
          data-pointer={pointer}
          value={value}
          onChange={({ currentTarget }) => onInput(currentTarget.value)}
          {...told}
        >
          {choices.map((choice) => (
            <option key={choice} value={choice}>
              {t(`plan.choice.${choice}`)}
            </option>
          ))}
        </select>
      ) : (
        <input
          id={id}
          data-pointer={pointer}
          type="text"
          inputMode={pointer === "/label" ? "text" : "decimal"}
          autoComplete="off"
          value={value}
          aria-invalid={fault !== undefined}
          onInput={({ currentTarget }) => onInput(currentTarget.value)}
          {...told}
        />
      )}
      <span class="fault" id={`${id}-fault`} aria-live="polite">
        {fault}
      </span>
    </p>
  );
}

/** Null where it was taken; what is at fault by field, or a text, where not. */
async function give(
  machine: string,
  method: "PUT" | "DELETE",
  plan: Plan | null,
): Promise<readonly { pointer?: string; detail: string }[] | string | null> {
  try {
    // Nobody gets two machines at a time (H02).
    const answer = await browser.ask(`/api/v1/machines/${machine}/plan${method === "PUT" ? "?alone=true" : ""}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(plan === null ? {} : { body: JSON.stringify(plan) }),
    });
    if (answer.ok) return null;
    const problem = (await answer.json()) as {
      type: string;
      detail?: string;
      machine?: string;
      errors?: { pointer?: string; detail: string }[];
    };
    return problem.errors ?? problemWords(problem.type, problem.detail ?? "", problem.machine);
  } catch {
    return t("problem.unreached");
  }
}
