import { type MessageFormatElement, parse, TYPE } from "@formatjs/icu-messageformat-parser";
import { afterEach, describe, expect, it } from "vitest";
import type { Key } from "./en";
import { CATALOGUES, choose, counted, type Fill, LANGUAGES, language, minutes, number, t } from "./language";

/** By ICU's own grammar, which refuses what is none; tags are no part of it. */
const elementsOf = (message: string) => parse(message, { ignoreTag: true, requiresOtherClause: true });

/** The arguments of a message, each with its kind. */
function argumentsOf(elements: readonly MessageFormatElement[]): string[] {
  const found = elements.flatMap((each) => {
    if (each.type === TYPE.argument) return [`${each.value}: any`];
    if (each.type !== TYPE.plural) return [];
    return [`${each.value}: number`, ...Object.values(each.options).flatMap(({ value }) => argumentsOf(value))];
  });
  return [...new Set(found)].sort();
}

/** What a message says, by the grammar alone. */
function said(elements: readonly MessageFormatElement[], fill: Fill, n = Number.NaN): string {
  const words = elements.map((each) => {
    if (each.type === TYPE.literal) return each.value;
    if (each.type === TYPE.argument) return String(fill[each.value]);
    if (each.type === TYPE.pound) return number(n);
    if (each.type !== TYPE.plural) throw new Error(`the screens know no ${TYPE[each.type]}`);
    const count = Number(fill[each.value]);
    const rule = new Intl.PluralRules(language.value).select(count);
    return said((each.options[rule] ?? each.options.other)?.value ?? [], fill, count);
  });
  return words.join("");
}

describe("robustness-and-screens 3.7: languages", () => {
  afterEach(() => {
    language.value = "en";
  });

  it.each(LANGUAGES)("%s has every text as an ICU message, none empty, with the same arguments", (tag) => {
    const catalogue = CATALOGUES[tag];
    expect(Object.keys(catalogue).sort()).toEqual(Object.keys(CATALOGUES.en).sort());
    for (const [key, text] of Object.entries(CATALOGUES.en)) {
      const other = catalogue[key as Key];
      expect(other.trim(), key).not.toBe("");
      expect(argumentsOf(elementsOf(other)), key).toEqual(argumentsOf(elementsOf(text)));
    }
  });

  it.each(LANGUAGES)("%s counts in every way that it has", (tag) => {
    const ways = new Intl.PluralRules(tag).resolvedOptions().pluralCategories.sort();
    const plurals = Object.values(CATALOGUES[tag])
      .flatMap(elementsOf)
      .filter((each) => each.type === TYPE.plural);
    expect(plurals.length).toBeGreaterThan(10);
    for (const { options, offset } of plurals) expect([Object.keys(options).sort(), offset]).toEqual([ways, 0]);
  });

  it.each(LANGUAGES)("%s is said by the screens as ICU would say it", (tag) => {
    language.value = tag;
    for (const [key, message] of Object.entries(CATALOGUES[tag])) {
      const elements = elementsOf(message);
      for (const n of [0, 1, 2, 1234]) {
        const names = argumentsOf(elements).map((argument) => argument.split(": "));
        const fill = Object.fromEntries(names.map(([name, kind]) => [name, kind === "number" ? n : `the ${name}`]));
        expect(t(key as Key, fill), key).toBe(said(elements, fill));
      }
    }
  });

  it("says the word itself of what only a newer service knows", () => {
    expect(t("find.unable.too_hot" as Key)).toBe("too_hot");
  });

  it.each(LANGUAGES)("%s has one word for each phase and extent wherever staff read of them", (tag) => {
    const texts = CATALOGUES[tag];
    for (const phase of ["extension", "hold", "flexion"] as const) {
      expect(texts[`replay.${phase}_s`].toLowerCase()).toContain(texts[`column.${phase}`].toLowerCase());
      expect(texts[`replay.plan.tempo.${phase}_s`]).toBe(texts[`column.${phase}`]);
      expect(texts[`plan.field./tempo/${phase}_s`]).toContain(texts[`column.${phase}`]);
    }
    for (const extent of ["partial", "full", "attempt"] as const)
      expect(texts[`replay.level.${extent}`].toLowerCase()).toBe(texts[`extent.${extent}`].toLowerCase());
  });

  it("German speaks formally", () => {
    for (const text of Object.values(CATALOGUES.de)) expect(text).not.toMatch(/\b(du|dein|deine|dir|dich)\b/i);
  });

  it("chooses the reader's, else the browser's, else English", () => {
    expect(choose("de", ["en-GB"])).toBe("de");
    expect(choose(null, ["fr-FR", "de-AT", "en"])).toBe("de");
    expect(choose(null, ["fr"])).toBe("en");
    expect(choose("xx", ["de"])).toBe("de");
  });

  it("fills, counts and formats by the language's custom", () => {
    expect(t("repetitionOf", { n: 3, most: 12 })).toBe("Repetition 3 of 12");
    expect(counted("patient.doneCount", 1)).toBe("repetition");
    language.value = "de";
    expect(counted("patient.doneFull", 12)).toBe("12 davon über den ganzen Weg");
    expect(number(1.5, 1)).toBe("1,5");
    expect(minutes(125)).toBe("2:05");
  });
});
