import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/language";
import { Icon } from "../../ui/icons";
import { labelled } from "../set/labels";
import type { Row } from "../set/rows";
import { Kept, type Labels } from "../set/Said";

interface Props {
  labels: Labels;
  set: number | null;
  /** The repetition that is marked: the one chosen, else the newest. */
  row: Row | null;
  chosen: boolean;
}

/** What the therapist sees that the system did not: failure, a repetition not to count, a note. */
export function Marks({ labels, set, row, chosen }: Props): JSX.Element {
  const writing = useSignal(false);
  const text = useSignal("");
  const field = useRef<HTMLTextAreaElement>(null);
  // Before it is painted: who types at once loses no letter.
  useLayoutEffect(() => field.current?.focus(), [writing.value]);
  const repetition = row?.repetition ?? null;
  const voided = row?.voided ?? null;
  const can = labels.session !== null && set !== null && repetition !== null;
  // A repetition that is over is marked at its end; one under way, now.
  const place = () => ({
    ...(set === null ? {} : { set }),
    ...(repetition === null ? {} : { repetition }),
    ...(row?.to_s == null ? {} : { at_s: Math.max(0, row.to_s) }),
  });
  const note = () => {
    labels.say(labelled({ kind: "note", text: text.value.trim(), ...place() }));
    text.value = "";
    writing.value = false;
  };
  return (
    <section class="marks" aria-label={t("mark.title")}>
      <h2>
        {t("mark.title")}{" "}
        <small>
          {repetition === null ? t("mark.nothing") : t("mark.of", { n: repetition })}
          {chosen && ` (${t("mark.selected")})`}
        </small>
      </h2>
      <div class="buttons">
        <button
          type="button"
          aria-disabled={!can}
          onClick={() => can && labels.say(labelled({ kind: "finding", finding: "failure", ...place() }))}
        >
          <Icon name="failure" />
          {t("mark.failure")}
        </button>
        <button
          type="button"
          aria-disabled={!can}
          onClick={() => {
            if (!can) return;
            if (voided !== null) labels.withdraw(voided.id);
            else labels.say(labelled({ kind: "void", ...place() }));
          }}
        >
          <Icon name="lost" />
          {t(voided === null ? "mark.void" : "mark.unvoid")}
        </button>
        <button
          type="button"
          aria-disabled={labels.session === null}
          aria-expanded={writing.value}
          onClick={() => {
            writing.value = labels.session !== null && !writing.value;
          }}
        >
          <Icon name="said" />
          {t("mark.note")}
        </button>
      </div>
      {writing.value && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (text.value.trim() !== "") note();
          }}
          onKeyDown={(event) => {
            if (event.key === "Escape") writing.value = false;
          }}
        >
          <label>
            <span>{t("mark.noteHint")}</span>
            <textarea
              rows={2}
              maxLength={2000}
              value={text.value}
              ref={field}
              onInput={({ currentTarget }) => {
                text.value = currentTarget.value;
              }}
            />
          </label>
          <div class="buttons">
            <button type="submit">{t("mark.save")}</button>
            <button
              type="button"
              onClick={() => {
                writing.value = false;
              }}
            >
              {t("mark.cancel")}
            </button>
          </div>
        </form>
      )}
      <Kept labels={labels} />
    </section>
  );
}
