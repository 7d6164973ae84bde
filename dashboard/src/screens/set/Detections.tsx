import type { JSX } from "preact";
import { minutes, moment, t } from "../../i18n/language";
import { Icon } from "../../ui/icons";
import { findingNote } from "../../words/finding";
import { replayAt } from "../replay/moment";
import { FINDINGS, type Finding, type Label, labelled, lastOf, type Said } from "./labels";
import { type Detection, ownOf, placeOf, type Row } from "./rows";

interface Props {
  session: string;
  set: number;
  detections: readonly Detection[];
  rows: readonly Row[];
  labels: readonly Label[];
  onSay: (said: Said) => void;
  onWithdraw: (id: string) => void;
}

/** What was detected in a set, to accept or to change; the therapist's word stands beside it. */
export function Detections({ session, set, detections, rows, labels, onSay, onWithdraw }: Props): JSX.Element {
  const own = ownOf(labels, set, rows, detections);
  return (
    <section class="detections">
      <h3>{t("judge.title")}</h3>
      {detections.length + own.length === 0 ? (
        <p class="none">{t("judge.none")}</p>
      ) : (
        <p class="hint">{t("judge.hint")}</p>
      )}
      <ul>
        {detections.map((detection) => (
          <Judged
            key={`${detection.kind}${detection.repetition}`}
            session={session}
            detection={detection}
            label={lastOf(labels, "finding", placeOf(set, detection.repetition, rows))}
            onSay={(finding) =>
              onSay(
                labelled({
                  kind: "finding",
                  set,
                  repetition: detection.repetition,
                  at_s: detection.at_s,
                  found: detection.kind,
                  finding,
                }),
              )
            }
            onWithdraw={onWithdraw}
          />
        ))}
        {own.map(({ label, repetition }) => (
          <li key={label.id}>
            <p class="what">
              <Icon name="said" />
              <span>
                {t("mark.of", { n: repetition })}: {t(`finding.${label.finding ?? "none"}`)}
              </span>
            </p>
            <Verdict label={label} found={null} onWithdraw={onWithdraw} />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface JudgedProps {
  session: string;
  detection: Detection;
  label: Label | null;
  onSay: (finding: Finding) => void;
  onWithdraw: (id: string) => void;
}

function Judged({ session, detection, label, onSay, onWithdraw }: JudgedProps): JSX.Element {
  const note = findingNote(detection);
  const same = FINDINGS.find((finding) => finding === detection.kind);
  return (
    <li>
      <p class="what" data-tone={note.tone}>
        <Icon name={note.icon} />
        <span>
          <a href={replayAt(session, detection.at_s)} title={t("replay.there")}>
            <time>{minutes(detection.at_s)}</time>
          </a>{" "}
          {note.text}
          {note.reasons.length > 0 && <span class="why">: {note.reasons.join(", ")}</span>}
        </span>
      </p>
      {label === null ? (
        <p class="verdict">
          {same !== undefined && (
            <button type="button" onClick={() => onSay(same)}>
              <Icon name="whole" />
              {t("judge.accept")}
            </button>
          )}
          <select
            aria-label={t("judge.otherOf", { n: detection.repetition })}
            value=""
            onChange={({ currentTarget }) => {
              const chosen = FINDINGS.find((finding) => finding === currentTarget.value);
              if (chosen !== undefined) onSay(chosen);
            }}
          >
            <option value="">{t("judge.other")}</option>
            {FINDINGS.filter((finding) => finding !== detection.kind).map((finding) => (
              <option key={finding} value={finding}>
                {t(`finding.${finding}`)}
              </option>
            ))}
          </select>
        </p>
      ) : (
        <Verdict label={label} found={detection.kind} onWithdraw={onWithdraw} />
      )}
    </li>
  );
}

function Verdict({
  label,
  found,
  onWithdraw,
}: {
  label: Label;
  found: string | null;
  onWithdraw: (id: string) => void;
}): JSX.Element {
  const finding = label.finding ?? "none";
  return (
    <p class="verdict">
      <strong>{finding === found ? t("judge.accepted") : t("judge.changed", { what: t(`finding.${finding}`) })}</strong>
      <span class="by">{t("judge.by", { by: label.by, when: moment(label.made_utc) })}</span>
      <button type="button" class="quiet" onClick={() => onWithdraw(label.id)}>
        {t("judge.withdraw")}
      </button>
    </p>
  );
}
