/** A language that nobody speaks: every text with accents and a third longer, to see what a longer one would cut (robustness-and-screens 3.7). Pure. */

const ACCENTS: Record<string, string> = {
  a: "à",
  e: "é",
  i: "î",
  o: "ö",
  u: "û",
  A: "Å",
  E: "É",
  I: "Î",
  O: "Ø",
  U: "Ü",
};
const LONGER = 1.35;

/** The text at 135 % of its length; places to fill in stay as they are. */
export function pseudo(text: string): string {
  return text
    .split(/(\{\w+\})/)
    .map((part, at) => (at % 2 === 1 ? part : stretched(part)))
    .join("");
}

function stretched(text: string): string {
  const letters = [...text];
  const vowels = letters.filter((letter) => letter in ACCENTS).length;
  let due = 0;
  const each = vowels === 0 ? 0 : (Math.ceil(text.trim().length * LONGER) - text.trim().length) / vowels;
  const longer = letters.map((letter) => {
    const accented = ACCENTS[letter];
    if (accented === undefined) return letter;
    due += each;
    const more = Math.round(due);
    due -= more;
    return accented + (ACCENTS[letter.toLowerCase()] ?? "").repeat(more);
  });
  return longer.join("");
}
