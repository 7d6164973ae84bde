import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { language } from "../i18n/language";
import { addressOf, type Options, optionsOf } from "./options";
import { Plates } from "./Plates";
import { dress, goOn, show } from "./stage";

/** The design system: one state frozen in time, or all of them. */
export function Guide(): JSX.Element {
  const options = useSignal(optionsOf(location.search, language.peek()));
  const failed = useSignal("");
  const place = useRef<HTMLDivElement>(null);
  const shown = useRef({ state: "", ago_s: 0 });
  useEffect(() => {
    const turn = () => {
      const wanted = optionsOf(location.search, language.peek());
      options.value = wanted;
      void put(wanted);
    };
    const put = async (wanted: Options) => {
      const state = addressOf({ ...wanted, language: "en", theme: null, text: 100, pseudo: false, ago_s: 0 });
      const before = shown.current;
      if (wanted.show === null || place.current === null) {
        dress(wanted);
        return;
      }
      shown.current = { state, ago_s: wanted.ago_s };
      try {
        if (state !== before.state || wanted.ago_s > before.ago_s) await show(wanted, place.current);
        else if (wanted.ago_s < before.ago_s) await goOn(wanted);
        else {
          dress(wanted);
          document.documentElement.dataset.shown = location.search;
        }
      } catch (error) {
        failed.value = String(error);
        document.documentElement.dataset.shown = "failed";
      }
    };
    turn();
    addEventListener("popstate", turn);
    return () => removeEventListener("popstate", turn);
  }, []);
  if (failed.value !== "") return <main class="plain">{failed}</main>;
  return options.value.show === null ? <Plates options={options.value} /> : <div class="stage" ref={place} />;
}
