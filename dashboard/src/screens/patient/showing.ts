/**
 * How the sets of a session were shown (decisions 0136, 0241, 0250): what was chosen at the screen goes with the session, so that nobody
 * gets the display or the language of who sat here before; whatever differs from the usual is told to the service, and again where it
 * changes in a set.
 */
import { lendIn, lentIn, speakAsUsual } from "../../i18n/language";
import { browser } from "../../live/browser";
import type { Machine } from "../../live/machine";
import { type Settings, type Shown, settingsOf } from "./settings";
import { tell, uuid, wait } from "./telling";

const USUAL = "full/scroll/false";
const ATTEMPTS = 5;

export class Showing {
  private readonly name: string;
  private session: string | null = null;
  private set: number | null = null;
  private told = USUAL;

  constructor(name: string) {
    this.name = name;
  }

  /** The settings that count now. */
  follow(machine: Machine, settings: Settings, { feedback, motion }: Shown, sound: boolean): Settings {
    const { session, set } = machine;
    if (session !== null && session !== this.session) {
      // A page that was loaded anew, too: somebody else may have sat down meanwhile.
      const before = this.session ?? lentIn();
      lendIn(session);
      this.session = session;
      this.set = null;
      if (before !== null && before !== session) {
        speakAsUsual();
        return settingsOf(browser.search());
      }
    }
    if (set !== this.set) {
      this.set = set;
      this.told = USUAL;
    }
    if (session === null || set === null) return settings;
    const shown = `${feedback}/${motion}/${sound}`;
    if (shown !== this.told) {
      this.told = shown;
      void this.tell({ id: uuid(), session, set, feedback, motion, sound });
    }
    return settings;
  }

  private async tell(body: object): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if ((await tell(this.name, "shown", body)) !== "unreached") return;
      await wait(attempt);
    }
  }
}
