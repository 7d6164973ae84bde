/** A code on its way from the wall to a screen: asked for, shown, used or over (decisions 0176, 0177). */
import { type Signal, signal } from "@preact/signals";
import { t } from "../../i18n/language";
import { browser } from "../../live/browser";
import { ask, Refused } from "../set/labels";

export interface PairedScreen {
  id: string;
  paired_utc: string;
  /** It is connected now. */
  watching: boolean;
}

export interface ScreensOf {
  screens: PairedScreen[];
  /** How long the machine's open code still counts; null where it has none. */
  code_left_s: number | null;
}

/** `paired`: the code was used; `over`: its time is, or the service was restarted. */
export type Stage = "shown" | "paired" | "over";

export interface Offered {
  machine: string;
  code: string;
  /** Until when, on this page's clock, ms. */
  until_ms: number;
  /** The screens that there were before. */
  before: readonly string[];
  stage: Stage;
}

/** What has become of an offered code by what the service says of its machine. Pure. */
export function followed(offered: Offered, { screens, code_left_s }: ScreensOf): Offered {
  if (offered.stage !== "shown") return offered;
  if (screens.some(({ id }) => !offered.before.includes(id))) return { ...offered, stage: "paired" };
  return code_left_s === null ? { ...offered, stage: "over" } : offered;
}

const AGAIN_MS = 2000;

/** A machine's screens and its open code, looked at again and again until `close`. */
export class Offering {
  readonly screens: Signal<readonly PairedScreen[] | null> = signal(null);
  readonly offered: Signal<Offered | null> = signal(null);
  /** Why something was not done; empty where nothing went wrong. */
  readonly fault = signal("");

  private later: () => void = () => undefined;
  /** Counts lookouts: an older one says nothing any more. */
  private turn = 0;
  private readonly again_ms: number;

  /** `again_ms`: how often it looks while no code is open. */
  constructor(again_ms = AGAIN_MS) {
    this.again_ms = again_ms;
  }

  /** Shows what the machine has, until `close`. */
  open(machine: string): void {
    this.close();
    void this.look(machine, this.turn);
  }

  close(): void {
    this.turn += 1;
    this.later();
  }

  /** Asks for a code; the one before counts no more. */
  async ask(machine: string): Promise<void> {
    const { turn } = this;
    this.fault.value = "";
    await this.attempt(async () => {
      const { screens } = await this.screensOf(machine);
      const answer = await ask("POST", `/api/v1/machines/${machine}/code`);
      const { code, lasts_s } = (await answer.json()) as { code: string; lasts_s: number };
      const before = screens.map(({ id }) => id);
      this.offered.value = { machine, code, until_ms: browser.now() + lasts_s * 1000, before, stage: "shown" };
      if (turn === this.turn) this.open(machine);
    });
  }

  async part(machine: string, screen: string): Promise<void> {
    this.fault.value = "";
    await this.attempt(async () => {
      await ask("DELETE", `/api/v1/machines/${machine}/screens/${screen}`);
      this.screens.value = (await this.screensOf(machine)).screens;
    });
  }

  private async look(machine: string, turn: number): Promise<void> {
    const found = await this.screensOf(machine).catch(() => null);
    if (turn !== this.turn) return;
    if (found !== null) {
      this.screens.value = found.screens;
      const { offered } = this;
      if (offered.value?.machine === machine) offered.value = followed(offered.value, found);
    }
    const soon = this.offered.value?.stage === "shown";
    this.later = browser.later(() => void this.look(machine, turn), soon ? AGAIN_MS : this.again_ms);
  }

  private async screensOf(machine: string): Promise<ScreensOf> {
    return (await (await ask("GET", `/api/v1/machines/${machine}/screens`)).json()) as ScreensOf;
  }

  private async attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.fault.value = error instanceof Refused ? error.message : t("problem.unreached");
    }
  }
}
