import type { JSX } from "preact";
import { moment, t } from "../../i18n/language";
import { checkInWords, painWords } from "../../words/answer";
import type { CheckInNote, PainNote, RecordNote } from "./record";

/** What the patient said before the first set. */
export function CheckedIn({ said }: { said: CheckInNote | null }): JSX.Element | null {
  if (said === null) return null;
  const words = [said.who === "self" ? t("record.self") : null, checkInWords(said)].filter(Boolean).join(" · ");
  return <Answers title={t("record.checkIn")} answers={[said]} wordsOf={() => words} />;
}

/** What the patient said after each stop for pain. */
export function Pains({ pains }: { pains: readonly PainNote[] }): JSX.Element | null {
  return pains.length === 0 ? null : <Answers title={t("record.pain")} answers={pains} wordsOf={painWords} />;
}

interface AnswersProps<T extends RecordNote> {
  title: string;
  answers: readonly T[];
  wordsOf: (answer: T) => string;
}

function Answers<T extends RecordNote>({ title, answers, wordsOf }: AnswersProps<T>): JSX.Element {
  return (
    <section>
      <h2>{title}</h2>
      <ul class="notes">
        {answers.map((said, n) => (
          <li key={`${said.noted_utc}${n}`}>
            {said.noted_utc !== undefined && <time>{moment(said.noted_utc)}</time>} {wordsOf(said)}
          </li>
        ))}
      </ul>
    </section>
  );
}
