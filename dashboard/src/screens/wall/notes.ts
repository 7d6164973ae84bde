/** What a tile says of what was found. Pure. */
import type { Machine } from "../../live/machine";
import { answerNotes } from "../../words/answer";
import { faultNote, findingNote, type Note, reserveNote } from "../../words/finding";

/** Notes on a tile: more would leave no room for the strip. */
const MOST = 2;

/** The notes of a tile, what matters most first. `stale`: nothing is of now, so only what has happened stands. */
export function notesOf(machine: Machine, stale: boolean, local_ms: number): Note[] {
  const { newest, reserve } = machine.findings;
  const { untrusted } = machine;
  const others = [...machine.faults.values()].filter((fault) => fault !== untrusted && fault.fault !== "gap");
  const notes: (Note | null)[] = [
    ...answerNotes(machine, local_ms),
    untrusted && faultNote(untrusted),
    newest && findingNote(newest),
    ...others.map(faultNote),
    reserve === null || stale || machine.set === null ? null : reserveNote(reserve),
  ];
  return notes.filter((note) => note !== null).slice(0, MOST);
}
