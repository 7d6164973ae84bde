import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { browser } from "../../live/browser";
import { type Here, here, type Known } from "../pairing/asking";
import { Unreached } from "../plain";
import type { Needed } from "./needed";
import { Patient } from "./Patient";

const RETRY_MS = 2000;
/** So often a screen that nobody reloads asks what it is, by which its pairing is renewed. */
const RENEW_MS = 6 * 3600 * 1000;

/** The way to a patient's screen: a browser that may show the machine goes in, any other one is paired first (decision 0176). */
export function Door({ machine }: { machine: string | null }): JSX.Element {
  const known = useSignal<Known | null>(null);
  const pages = useSignal<typeof import("../pairing/pages") | null>(null);
  const needed = useRef<Needed>(() => false);
  /** Since when this browser has been let in no more; null: it is, as far as it knows. */
  const refused_ms = useRef<number | null>(null);
  /** Let in no more, while somebody needs the screen. */
  const held = useSignal(false);
  const look = async () => {
    const found = await here();
    const now = browser.now();
    if (isLetIn(found, machine)) refused_ms.current = null;
    else if (found !== "down") refused_ms.current ??= now;
    const since_ms = refused_ms.current;
    const stands = isLetIn(known.value, machine);
    held.value = stands && since_ms !== null && needed.current(now - since_ms);
    // A service that is away for a moment takes no screen from a patient, and nothing does from one who exercises or has stopped.
    if (!held.value && !(stands && found === "down")) known.value = found;
  };

  const down = known.value === "down";
  const soon = down || held.value;
  useEffect(() => {
    if (!soon) void look();
    const timer = setInterval(() => void look(), soon ? RETRY_MS : RENEW_MS);
    return () => clearInterval(timer);
  }, [soon]);

  const own = isHere(known.value) ? known.value.machine : null;
  const elsewhere = machine === null && own !== null;
  useEffect(() => {
    if (elsewhere) location.replace(`/screen/${own}${location.search}`);
  }, [elsewhere]);

  const shut = known.value !== null && !down && !elsewhere && !isLetIn(known.value, machine);
  useEffect(() => {
    if (shut) void import("../pairing/pages").then((loaded) => (pages.value = loaded));
  }, [shut]);

  if (machine !== null && isLetIn(known.value, machine)) {
    const paired = isHere(known.value) && known.value.paired;
    return <Patient name={machine} paired={paired} needed={needed} onCut={() => void look()} />;
  }
  if (down) return <Unreached />;
  const { Pairing } = pages.value ?? {};
  if (!shut || Pairing === undefined) return <main class="plain" />;
  return (
    <Pairing
      machine={machine}
      here={isHere(known.value) ? known.value : null}
      onPaired={(paired) => location.replace(`/screen/${paired}${location.search}`)}
    />
  );
}

function isHere(known: Known | null): known is Here {
  return typeof known === "object" && known !== null;
}

function isLetIn(known: Known | null, machine: string | null): boolean {
  return isHere(known) && machine !== null && (known.machine === null || known.machine === machine);
}
