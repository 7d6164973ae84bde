import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { number, t } from "../../i18n/language";
import { browser } from "../../live/browser";
import { Icon } from "../../ui/icons";
import { Languages } from "../../ui/Languages";
import { type Here, pair, type Refusal } from "./asking";
import { ALPHABET, LENGTH, pasted, typed } from "./code";

interface Props {
  /** Whose screen this is by its address; null where it says none. */
  machine: string | null;
  /** What this browser is already; null = nothing. */
  here: Here | null;
  onPaired: (machine: string) => void;
}

const PLACES = Array.from({ length: LENGTH }, (_, n) => n);
const SECOND_MS = 1000;

/** A browser that is no machine's screen yet: a code from the wall makes it one, by touch or by keys. */
export function Pairing({ machine, here, onPaired }: Props): JSX.Element {
  const code = useSignal("");
  const asking = useSignal(false);
  const refused = useSignal<Refusal | null>(null);
  const wait_s = useSignal(0);
  const title = useRef<HTMLHeadingElement>(null);

  const send = async () => {
    asking.value = true;
    const found = await pair(code.value, machine);
    asking.value = false;
    if ("why" in found) {
      refused.value = found;
      wait_s.value = found.why === "wait" ? found.seconds : 0;
      // What could be right when it is sent again stays; what was wrong is typed anew.
      if (found.why === "unknown" || found.why === "another") code.value = "";
    } else onPaired(found.machine);
  };
  const take = (next: string) => {
    if (asking.value || wait_s.value > 0 || next === code.value) return;
    code.value = next;
    refused.value = null;
    if (next.length === LENGTH) void send();
  };
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Enter" && code.value.length === LENGTH && event.target instanceof HTMLElement) {
        if (event.target.closest("button, a") === null && !asking.value && wait_s.value === 0) void send();
        return;
      }
      const next = typed(code.value, event.key);
      if (next === code.value) return;
      event.preventDefault();
      take(next);
    };
    const onPaste = (event: ClipboardEvent) => take(pasted(event.clipboardData?.getData("text") ?? ""));
    addEventListener("keydown", onKey);
    addEventListener("paste", onPaste);
    title.current?.focus();
    return () => {
      removeEventListener("keydown", onKey);
      removeEventListener("paste", onPaste);
    };
  }, []);
  useEffect(() => {
    if (wait_s.value === 0) return;
    return browser.later(() => {
      wait_s.value -= 1;
      if (wait_s.value === 0) refused.value = null;
    }, SECOND_MS);
  }, [wait_s.value]);

  const still = asking.value || wait_s.value > 0;
  const again = code.value.length === LENGTH && !still && refused.value !== null;
  return (
    <main class="pairing">
      <header>
        <h1 tabIndex={-1} ref={title}>
          {machine === null ? t("pairing.title") : t("pairing.titleOf", { machine })}
        </h1>
        <Languages />
      </header>
      <section class="how">
        <Who machine={machine} here={here} />
        <ol>
          <li>{t(machine === null ? "pairing.askAny" : "pairing.ask", { machine: machine ?? "" })}</li>
          <li>{t("pairing.type")}</li>
        </ol>
      </section>
      <section class="entry">
        <p class="places" aria-label={`${t("pairing.code")}: ${[...code.value].join(" ")}`} role="img">
          {PLACES.map((n) => (
            <span key={n} data-filled={n < code.value.length} data-next={n === code.value.length}>
              {code.value[n] ?? ""}
            </span>
          ))}
        </p>
        <p class="said" role="status" data-wrong={refused.value !== null}>
          {refused.value !== null && <Icon name="stale" />}
          {asking.value ? t("pairing.asking") : refused.value !== null ? wordsOf(refused.value, wait_s.value) : ""}
        </p>
        <div class="keypad">
          {[...ALPHABET].map((letter) => (
            <button key={letter} type="button" aria-disabled={still} onClick={() => take(typed(code.value, letter))}>
              {letter}
            </button>
          ))}
          <button
            type="button"
            class="word"
            aria-disabled={still || code.value === ""}
            onClick={() => take(typed(code.value, "Backspace"))}
          >
            {t("pairing.back")}
          </button>
          <button type="button" class="word" aria-disabled={!again} onClick={() => again && void send()}>
            {t("pairing.again")}
          </button>
        </div>
      </section>
      <footer>
        {here?.machine != null && machine !== null && here.machine !== machine && (
          <a href={`/screen/${here.machine}`}>{t("pairing.toOwn", { machine: here.machine })}</a>
        )}
        {here === null && (
          <a href={`/enter?to=/screen${machine === null ? "" : `/${machine}`}`}>{t("pairing.token")}</a>
        )}
        {here !== null && here.machine === null && <a href="/wall">{t("missing.go")}</a>}
      </footer>
    </main>
  );
}

/** What this browser is already, where that may surprise. */
function Who({ machine, here }: Pick<Props, "machine" | "here">): JSX.Element | null {
  if (here === null) return <p>{t("pairing.why")}</p>;
  if (here.machine === null) return <p>{t("pairing.signedIn")}</p>;
  if (machine === null) return null;
  return (
    <p class="other">
      <Icon name="stale" />
      {t("pairing.other", { own: here.machine, machine })}
    </p>
  );
}

function wordsOf(refused: Refusal, wait_s: number): string {
  switch (refused.why) {
    case "another":
      return t("pairing.another", { machine: refused.machine });
    case "wait":
      return t("pairing.wait", { seconds: number(wait_s) });
    default:
      return t(`pairing.${refused.why}`);
  }
}
