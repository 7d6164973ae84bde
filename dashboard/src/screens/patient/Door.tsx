import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { type Here, here, type Known } from "../pairing/asking";
import { Unreached } from "../plain";
import { Patient } from "./Patient";

const RETRY_MS = 2000;
/** So often a screen that nobody reloads asks what it is, by which its pairing is renewed. */
const RENEW_MS = 6 * 3600 * 1000;

/** The way to a patient's screen: a browser that may show the machine goes in, any other one is paired first (decision 0176). */
export function Door({ machine }: { machine: string | null }): JSX.Element {
  const known = useSignal<Known | null>(null);
  const pages = useSignal<typeof import("../pairing/pages") | null>(null);
  const look = async () => {
    const found = await here();
    // A service that is away for a moment takes no screen from a patient.
    if (found !== "down" || !isLetIn(known.value, machine)) known.value = found;
  };

  const down = known.value === "down";
  useEffect(() => {
    if (!down) void look();
    const timer = setInterval(() => void look(), down ? RETRY_MS : RENEW_MS);
    return () => clearInterval(timer);
  }, [down]);

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
    return <Patient name={machine} paired={paired} onCut={() => void look()} />;
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
