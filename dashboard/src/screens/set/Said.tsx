import { type Signal, signal } from "@preact/signals";
import type { JSX } from "preact";
import { moment, t } from "../../i18n/language";
import { Icon } from "../../ui/icons";
import { type Label, Refused, type Said, say, withdraw } from "./labels";

/** The labels of one session as this page has them; what could not be kept is said, and sent again under the same id. */
export class Labels {
  readonly all: Signal<Label[]> = signal([]);
  /** What was not kept, and how to try again. */
  readonly trouble: Signal<{ text: string; again: () => void } | null> = signal(null);
  readonly saved = signal(false);
  session: string | null = null;
  /** Counts up with each word to the service. */
  version = 0;

  /** Those of a session, as it tells of them. */
  take(session: string | null, labels: readonly Label[]): void {
    if (session !== this.session) {
      this.trouble.value = null;
      this.saved.value = false;
    }
    this.session = session;
    this.all.value = [...labels];
  }

  readonly say = (said: Said): void => {
    void this.told((session) => say(session, said));
  };

  readonly withdraw = (id: string): void => {
    void this.told((session) => withdraw(session, id));
  };

  private async told(ask: (session: string) => Promise<Label[]>): Promise<void> {
    const { session } = this;
    if (session === null) return;
    this.saved.value = false;
    this.version += 1;
    try {
      const found = await ask(session);
      if (session === this.session) this.all.value = found;
      this.version += 1;
      this.trouble.value = null;
      this.saved.value = true;
    } catch (error) {
      const text = error instanceof Refused ? error.message : t("problem.unreached");
      this.trouble.value = { text, again: () => void this.told(ask) };
    }
  }
}

/** Whether what was said last is kept. */
export function Kept({ labels }: { labels: Labels }): JSX.Element {
  const { trouble, saved } = labels;
  return (
    <p class="kept-label" role="status">
      {trouble.value !== null ? (
        <>
          <Icon name="stale" />
          {trouble.value.text}{" "}
          <button type="button" onClick={trouble.value.again}>
            {t("mark.save")}
          </button>
        </>
      ) : (
        saved.value && t("mark.saved")
      )}
    </p>
  );
}

/** What was noted of a session. */
export function NotesSaid({ labels }: { labels: Labels }): JSX.Element | null {
  const notes = labels.all.value.filter(({ kind }) => kind === "note");
  if (notes.length === 0) return null;
  return (
    <section class="notes-said">
      <h2>{t("mark.notes")}</h2>
      <ul>
        {notes.map((note) => (
          <li key={note.id}>
            <p>
              {note.repetition !== undefined && <strong>{t("mark.of", { n: note.repetition })}: </strong>}
              {note.text}
            </p>
            <p class="by">
              {t("judge.by", { by: note.by, when: moment(note.made_utc) })}
              <button type="button" class="quiet" onClick={() => labels.withdraw(note.id)}>
                {t("judge.withdraw")}
              </button>
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
