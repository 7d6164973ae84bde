import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { Machine } from "../../live/machine";
import { Sound } from "../../sound/sound";
import { Rescue } from "../../ui/Rescue";
import { Arrival } from "./arrival";
import { useKeys, useReports, useWakeLock } from "./hooks";
import { isNeeded, type Needed } from "./needed";
import { Safe } from "./Safe";
import { Screen } from "./Screen";
import { PainStop } from "./stop";

/** What outlives a screen that failed and is drawn anew. */
export interface Standing {
  painStop: PainStop;
  arrival: Arrival;
  sound: Sound;
  /** The machine as the screen that stands knows it. */
  machine: Machine | null;
}

interface Props {
  name: string;
  /** This browser is the machine's screen and nobody's: it can slow down, never set in motion. */
  paired: boolean;
  /** Where a door stands before it: given what tells whether somebody needs this screen. */
  needed?: { current: Needed };
  /** The line to the service is cut: it may be that this browser is no longer let in. */
  onCut: () => void;
}

/** One machine's screen: the cue, where the patient is, and the way to stop, which stays whatever fails. */
export function Patient({ name, paired, needed, onCut }: Props): JSX.Element {
  const standing = useMemo<Standing>(
    () => ({ painStop: new PainStop(name), arrival: new Arrival(name), sound: new Sound(), machine: null }),
    [name],
  );
  const failed = useSignal(0);
  const { painStop } = standing;
  const stop = () => painStop.stop(standing.machine);
  if (needed !== undefined)
    needed.current = (since_ms) => isNeeded(standing.machine, painStop.pressed.value, paired, since_ms);
  const report = useReports(() => name);
  useKeys({ s: stop });
  useWakeLock();
  useEffect(() => () => standing.sound.close(), [standing]);
  return (
    <Rescue
      instead={<Safe pressed={painStop.pressed.value} stop={stop} />}
      failed={(error) => {
        // Nothing leads any more, so nothing sounds.
        standing.sound.play("lost");
        failed.value += 1;
        report(error);
      }}
    >
      {() => <Screen key={failed.value} name={name} paired={paired} standing={standing} stop={stop} onCut={onCut} />}
    </Rescue>
  );
}
