/** The sound of a patient's screen: off until somebody wants it, with a volume, silent with the cue (robustness-and-screens 3.7). */
import { signal } from "@preact/signals";
import { type Led, Pacer, TIMER_MS } from "./pacer";
import { Player } from "./player";
import { MOTIFS, type Motif } from "./score";

const KEPT = "ilex.volume";
/** Heard this late, a sound misleads: Bluetooth, mostly (robustness-and-screens 3.7). */
const LATENCY_MOST_MS = 60;
/** So often it is looked at: it is known only while something sounds, and a loudspeaker may be changed at any time. */
const LATENCY_EVERY_MS = 2000;

export class Sound {
  /** `blocked`: wanted, and the browser wants a touch first. */
  readonly state = signal<"off" | "on" | "blocked">("off");
  readonly volume = signal(kept());
  /** The loudspeaker is so far behind that it would mislead. */
  readonly behind = signal(false);

  private readonly player = new Player();
  private readonly pacer = new Pacer();

  /** Asks `led` how the cue stands, as long as this page has it; the answer ends that. */
  attend(led: (now_ms: number) => Led | null): () => void {
    let looked_ms = Number.NEGATIVE_INFINITY;
    const timer = setInterval(() => {
      if (this.state.value !== "on") return;
      const now_ms = performance.now();
      this.pacer.pace(led(now_ms), now_ms, this.player);
      if (now_ms - looked_ms < LATENCY_EVERY_MS) return;
      looked_ms = now_ms;
      this.behind.value = this.player.latency_ms > LATENCY_MOST_MS;
    }, TIMER_MS);
    return () => clearInterval(timer);
  }

  /** Lets go of the loudspeaker. */
  close(): void {
    this.state.value = "off";
    this.player.close();
  }

  async turn(on: boolean): Promise<void> {
    if (!on) {
      this.state.value = "off";
      this.player.stop();
      return;
    }
    // A computer without any sound may refuse to begin at all.
    const allowed = await this.player.start().catch(() => false);
    this.player.loud(this.volume.value);
    this.state.value = allowed ? "on" : "blocked";
  }

  loud(volume: number): void {
    this.volume.value = volume;
    this.player.loud(volume);
    try {
      localStorage.setItem(KEPT, String(volume));
    } catch {
      // A browser without storage forgets it.
    }
  }

  play(motif: Motif): void {
    if (this.state.value !== "on") return;
    const now_ms = performance.now() + 20;
    // What of the cue is still to come must not take this back.
    if (motif === "lost" || motif === "done") this.pacer.pace(null, now_ms, this.player);
    for (const tone of MOTIFS[motif]) this.player.play(tone, now_ms + tone.at_s * 1000, Number.POSITIVE_INFINITY);
  }
}

function kept(): number {
  try {
    const volume = Number(localStorage.getItem(KEPT) ?? 0.5);
    return volume >= 0 && volume <= 1 ? volume : 0.5;
  } catch {
    return 0.5;
  }
}
