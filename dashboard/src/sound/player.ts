/** Plays tones on the audio clock of the browser, so that they come when the cue does (robustness-and-screens 3.7, H10). */
import type { Voice } from "./pacer";
import type { Tone } from "./score";

const ATTACK_S = 0.012;
const RELEASE_S = 0.02;
/** What is loudest at full volume. */
const LOUDEST = 0.5;

interface Sounding {
  oscillator: OscillatorNode;
  gain: GainNode;
}

export class Player implements Voice {
  private context: AudioContext | null = null;
  private master: GainNode | null = null;
  private volume = 0.5;
  private readonly sounding = new Set<Sounding>();

  /** Begins; false where the browser does not allow it without a touch. */
  async start(): Promise<boolean> {
    this.context ??= new AudioContext({ latencyHint: "interactive" });
    const { context } = this;
    if (this.master === null) {
      this.master = context.createGain();
      this.master.connect(context.destination);
      this.loud(this.volume);
    }
    // A refused resume stays pending until somebody touches the page.
    await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, 300))]);
    return context.state === "running";
  }

  stop(): void {
    this.silence();
    void this.context?.suspend();
  }

  close(): void {
    this.silence();
    void this.context?.close();
    this.context = null;
    this.master = null;
  }

  /** 0-1, as it is heard: loudness goes with the square. */
  loud(volume: number): void {
    this.volume = volume;
    if (this.context === null || this.master === null) return;
    this.master.gain.setTargetAtTime(LOUDEST * volume ** 2, this.context.currentTime, 0.01);
  }

  /** How long after its time a sound is heard, ms. */
  get latency_ms(): number {
    return (this.context?.outputLatency ?? 0) * 1000;
  }

  play(tone: Tone, at_ms: number, until_ms: number): void {
    const { context, master } = this;
    if (context === null || master === null || context.state !== "running") return;
    const at_s = Math.max(context.currentTime, this.heardAt(context, at_ms));
    const until_s = this.heardAt(context, until_ms);
    // What a slow loudspeaker could only let be heard too late is left out.
    if (at_s >= until_s) return;
    const end_s = Math.min(at_s + tone.length_s, Math.max(at_s + 2 * ATTACK_S, until_s));
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    oscillator.type = "triangle";
    oscillator.frequency.setValueAtTime(tone.from_hz, at_s);
    oscillator.frequency.exponentialRampToValueAtTime(tone.to_hz, end_s);
    gain.gain.setValueAtTime(0, at_s);
    gain.gain.linearRampToValueAtTime(tone.loudness, at_s + ATTACK_S);
    gain.gain.setTargetAtTime(0, Math.max(at_s + ATTACK_S, end_s - 3 * RELEASE_S), RELEASE_S);
    oscillator.connect(gain).connect(master);
    oscillator.start(at_s);
    oscillator.stop(end_s + RELEASE_S);
    const sounding = { oscillator, gain };
    this.sounding.add(sounding);
    oscillator.onended = () => {
      gain.disconnect();
      this.sounding.delete(sounding);
    };
  }

  silence(): void {
    const now_s = this.context?.currentTime ?? 0;
    for (const { oscillator, gain } of this.sounding) {
      gain.gain.cancelScheduledValues(now_s);
      gain.gain.setTargetAtTime(0, now_s, RELEASE_S / 2);
      oscillator.stop(now_s + 2 * RELEASE_S);
    }
    this.sounding.clear();
  }

  /** The time on the audio clock that is heard at a time of this page. */
  private heardAt(context: AudioContext, page_ms: number): number {
    const { contextTime, performanceTime } = context.getOutputTimestamp();
    if (contextTime && performanceTime) return contextTime + (page_ms - performanceTime) / 1000;
    return context.currentTime + (page_ms - performance.now()) / 1000 - context.outputLatency;
  }
}
