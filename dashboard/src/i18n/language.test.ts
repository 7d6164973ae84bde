import { afterEach, describe, expect, it } from "vitest";
import { CATALOGUES, choose, counted, LANGUAGES, language, minutes, number, t } from "./language";

const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe("robustness-and-screens 3.7: languages", () => {
  afterEach(() => {
    language.value = "en";
  });

  it.each(LANGUAGES)("%s has every text, none empty, with the same places", (tag) => {
    const catalogue = CATALOGUES[tag];
    expect(Object.keys(catalogue).sort()).toEqual(Object.keys(CATALOGUES.en).sort());
    for (const [key, text] of Object.entries(CATALOGUES.en)) {
      const other = catalogue[key as keyof typeof catalogue];
      expect(other.trim(), key).not.toBe("");
      expect(places(other), key).toEqual(places(text));
    }
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
