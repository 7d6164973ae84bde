/** A pairing code as it is typed (decision 0176). Pure. */

/** The service's own letters: a test compares them. */
export const ALPHABET = "23456789CDFHJKMNPRTWXY";
export const LENGTH = 6;

/** What is meant where a key that is no letter of a code looks like one. */
const MEANT: Readonly<Record<string, string>> = { S: "5", B: "8", Z: "2", G: "6", V: "Y" };

/** The code so far with another key; keys that are none, and those beyond its length, change nothing. */
export function typed(code: string, key: string): string {
  if (key === "Backspace") return code.slice(0, -1);
  if (key === "Delete") return "";
  const letter = key.toUpperCase();
  const meant = MEANT[letter] ?? letter;
  const fits = meant.length === 1 && ALPHABET.includes(meant) && code.length < LENGTH;
  return fits ? code + meant : code;
}

/** What was pasted or scanned, as if it was typed from the beginning. */
export function pasted(text: string): string {
  return [...text].reduce(typed, "");
}

/** In two halves, as one reads it aloud. */
export function halves(code: string): string {
  return `${code.slice(0, LENGTH / 2)} ${code.slice(LENGTH / 2)}`;
}
