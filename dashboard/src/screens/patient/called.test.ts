import { afterEach, describe, expect, it } from "vitest";
import { language, t } from "../../i18n/language";
import { callWords } from "./called";

describe("decision 0210: after a press for pain nothing is promised that nobody knows of", () => {
  afterEach(() => {
    language.value = "en";
  });

  it.each([
    ["told", "Gestoppt. Hilfe ist gerufen.", "Stopped. Help has been called."],
    [null, "Gestoppt. Hilfe ist gerufen.", "Stopped. Help has been called."],
    ["telling", "Gestoppt.", "Stopped."],
    ["unreached", "Gestoppt. Bitte rufen Sie laut.", "Stopped. Please call out."],
    ["forbidden", "Gestoppt. Bitte rufen Sie laut.", "Stopped. Please call out."],
    ["refused", "Gestoppt. Bitte rufen Sie laut.", "Stopped. Please call out."],
  ] as const)("%s", (pressed, german, english) => {
    expect(t(callWords(pressed).title)).toBe(english);
    language.value = "de";
    expect(t(callWords(pressed).title)).toBe(german);
  });
});
