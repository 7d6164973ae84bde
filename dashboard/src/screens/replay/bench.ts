/** The replay page's state: what is known of the session, where one looks, where the playhead stands. Everything that acts on it. */
import { batch, computed, signal } from "@preact/signals";
import { events, session, type Unanswered, untold, whyOf } from "../record/asking";
import { type AnyEvent, type SessionRecord, totals } from "../record/record";
import { internals, signals } from "./asking";
import { coverageOf, SIGNALS, type Traces } from "./columns";
import { feedOf, interruptions } from "./feed";
import type { Act } from "./keys";
import type { Lanes } from "./lanepaint";
import { lasting, marked, neighbour, phases, repetitions, sets, targets } from "./lanes";
import { Marks } from "./marks";
import { hashOf, kept, momentOf, remember } from "./moment";
import { type Hand, INSIDE, type InsideName, type Panel, panelsOf } from "./panels";
import { advanced, FASTEST, type Player, paced, RESTING, sought, toggled } from "./player";
import { lines, orderHash, slight } from "./rerun";
import type { Tab } from "./Side";
import { Source } from "./source";
import { moved, showing, turned, type View, within, zoomed } from "./view";
import { WhatIf } from "./whatif";

/** What still grows is looked at again so often. */
const GROWS_MS = 1000;
const TOLD_MS = 2500;
const AGAIN_MS = 5000;
const LINK_MS = 300;
const CLOSER = 0.5;
/** In sight while a running session is followed, until somebody goes nearer or further. */
const FOLLOWED_S = 20;
/** From this width on there is room for the patient's screen before anybody asks for it. */
const WIDE_PX = 1600;

export class Bench {
  readonly id: string;
  readonly source: Source;
  readonly record = signal<SessionRecord | null>(null);
  readonly events = signal<readonly AnyEvent[]>([]);
  /** The events are known: else that there are none says nothing. */
  readonly heard = signal(false);
  readonly why = signal<Unanswered | null>(null);
  readonly view = signal<View>({ from_s: 0, to_s: 1 });
  readonly player = signal<Player>(RESTING);
  readonly hover_s = signal<number | null>(null);
  readonly following = signal(false);
  readonly help = signal(false);
  readonly marks: Marks;
  readonly tab = signal<Tab>("events");
  readonly whatIf: WhatIf;
  readonly slightToo = signal(false);
  /** The charts of what the analysis had in mind that are shown, and the patient's screen beside them; this browser remembers. */
  readonly panels = signal<readonly Panel[]>(panelsOf(kept("panels", [])));
  readonly screen = signal<boolean>(kept("screen", innerWidth >= WIDE_PX) === true);
  readonly inside: Source<InsideName>;
  /** Counts the answers of the source: what is drawn follows it. */
  readonly came = signal(0);
  /** The whole session, coarsely; of a running one another with every look. */
  readonly whole = signal<Traces | null>(null);
  /** A link was copied, a bookmark set: said once, politely. */
  readonly told = signal<"copied" | "marked" | "unsaved" | null>(null);
  /** The link, where the browser did not let the page copy it: shown, to be copied by hand. */
  readonly address = signal<string | null>(null);
  /** Goes to another message of the recording; null while none is shown. */
  step: ((by: 1 | -1) => void) | null = null;
  /** Pixels across the picture. */
  pixels = 1200;

  /** The loop, and what the buttons say, alone: the playhead moves with every frame. */
  readonly looped = computed(() => this.player.value.loop);
  private readonly playing = computed(() => this.player.value.playing);
  private readonly speed = computed(() => this.player.value.speed);
  readonly transport = computed(() => ({
    playing: this.playing.value,
    speed: this.speed.value,
    loop: this.looped.value,
  }));
  readonly open = computed(() => {
    const found = this.record.value;
    return found !== null && (found.ended_utc === null || found.settling === true);
  });
  /** The lines of a rerun that are shown. */
  readonly changes = computed(() => {
    const { value } = this.whatIf.difference;
    return value === null ? [] : lines(value).filter((line) => this.slightToo.value || !slight(line));
  });
  readonly lanes = computed((): Lanes => {
    const [told, length_s] = [this.events.value, this.whole.value?.about.length_s ?? 0];
    return {
      sets: sets(told, length_s),
      lasting: lasting(told, length_s),
      repetitions: repetitions(told),
      phases: phases(told, length_s),
      events: marked(told),
      coverage: this.coverage.value,
      feed: this.feed.value,
      difference: this.changes.value,
    };
  });
  /** What was live, came later, is missing, as the record says; of a damaged recording it does not, and the samples tell what is there. */
  readonly coverage = computed(() => coverageOf(this.record.value?.coverage ?? [], this.whole.value));
  /** What the screens showed the feed as; not known where nobody says what came live. */
  readonly feed = computed(() => feedOf(this.record.value, this.whole.value?.about ?? null, this.open.value));
  readonly targets = computed(() => targets(this.events.value, this.record.value?.plan ?? null));

  private timer: ReturnType<typeof setTimeout> | undefined;
  private linking: ReturnType<typeof setTimeout> | undefined;
  private followed_s = FOLLOWED_S;
  private begun = false;
  private thinking = false;
  private closed = false;

  constructor(id: string) {
    this.id = id;
    const came = () => {
      batch(() => {
        this.whole.value = this.source.whole;
        this.came.value += 1;
      });
    };
    this.source = new Source(SIGNALS, (view, points, aborted) => signals(id, view, points, aborted), came);
    this.inside = new Source(INSIDE, (view, points, aborted) => internals(id, view, points, aborted), came);
    this.marks = new Marks(id);
    this.whatIf = new WhatIf(id, () => this.link());
  }

  get length_s(): number {
    return this.source.length_s;
  }

  async start(): Promise<void> {
    try {
      const whole = this.source.begin();
      // Whether there is such a session is the record's to say.
      whole.catch(() => undefined);
      const found = await session(this.id);
      const telling = events(this.id, found.final ? "final" : "live").catch(untold);
      // What is wrong with them is said once the signals are there.
      telling.catch(() => undefined);
      // The page is laid out while its signals are on their way.
      if (!this.closed && !this.begun) this.record.value = found;
      await whole;
      if (!this.begun && !this.closed) this.enter();
      const told = await telling;
      if (this.closed) return;
      const late = [found, this.record.peek()].map((record) => totals(record?.coverage ?? []).backfilled);
      batch(() => {
        this.record.value = found;
        this.events.value = told ?? [];
        this.heard.value = told !== null;
        this.why.value = null;
      });
      if (late[0] !== late[1]) this.source.renew();
      void this.think();
      if (!this.open.value) void this.whatIf.begin();
      if (this.following.value) this.toNewest();
      if (this.open.value) this.timer = setTimeout(() => void this.start(), GROWS_MS);
    } catch (error) {
      if (this.closed) return;
      const why = whyOf(error);
      this.why.value = why;
      // What is still written is another file a moment later.
      if (why.passing || (why.ofRecording && this.record.value?.ended_utc === null))
        this.timer = setTimeout(() => void this.start(), AGAIN_MS);
    }
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    clearTimeout(this.linking);
    this.source.close();
    this.inside.close();
  }

  /** Shows the panel, or no more. */
  async panel(panel: Panel, shown: boolean): Promise<void> {
    const others = this.panels.value.filter((one) => one !== panel);
    this.panels.value = panelsOf(shown ? [...others, panel] : others);
    remember("panels", this.panels.value);
    if (shown) await this.think();
  }

  /** What the analysis had in mind, anew as long as there may be more of it; the picture does without where it can't be had. */
  private async think(): Promise<void> {
    if (this.panels.value.length === 0 || this.thinking || this.inside.whole?.about.open === false) return;
    this.thinking = true;
    await this.inside.begin().catch(() => undefined);
    this.thinking = false;
    if (!this.closed) this.want();
  }

  /** What is at hand for the view; null before there is anything. */
  best(): Hand | null {
    const [view, pixels] = [this.view.peek(), this.pixels];
    const measured = this.source.best(view, pixels);
    if (measured === null) return null;
    return { measured, inside: this.panels.peek().length === 0 ? null : this.inside.best(view, pixels) };
  }

  /** The picture is as exact as it can be. */
  get exact(): boolean {
    const [view, pixels] = [this.view.peek(), this.pixels];
    const inside = this.panels.peek().length === 0 || this.open.peek() || this.inside.shows(view, pixels);
    return this.source.shows(view, pixels) && inside;
  }

  private want(): void {
    this.source.want(this.view.value, this.pixels);
    if (this.panels.value.length > 0 && this.inside.whole !== null) this.inside.want(this.view.value, this.pixels);
  }

  /** Where the link leads; without one the whole session, a running one at its newest. */
  private enter(): void {
    this.begun = true;
    this.view.value = within({ from_s: 0, to_s: this.length_s }, this.length_s);
    if (!this.visit() && this.record.value?.ended_utc === null) {
      this.following.value = true;
      this.toNewest();
    }
  }

  /** Goes to the moment that the address names, and asks for the rerun that it names; false where it names no moment. */
  visit(): boolean {
    if (!this.begun) return false;
    const { hash } = location;
    if (this.whatIf.arrive(hash)) {
      this.tab.value = "rerun";
      if (!this.open.value) void this.whatIf.begin();
    }
    const moment = momentOf(hash);
    if (moment === null) return false;
    if (moment.view !== null) this.look(moment.view);
    this.seek(moment.at_s);
    return true;
  }

  look(view: View): void {
    const next = within(view, this.length_s);
    const { from_s, to_s } = this.view.value;
    // The same again is not drawn again: seeking within the picture moves the playhead alone.
    if (next.from_s !== from_s || next.to_s !== to_s) this.view.value = next;
    this.want();
  }

  /** The window has another size. */
  measure(pixels: number): void {
    this.pixels = pixels;
    this.want();
  }

  zoom(at_s: number, factor: number): void {
    this.look(zoomed(this.view.value, at_s, factor, this.length_s));
    if (!this.following.value) return;
    // Nearer or further, it goes on following.
    this.followed_s = this.view.value.to_s - this.view.value.from_s;
    this.toNewest();
  }

  pan(by_s: number): void {
    this.following.value = false;
    this.look(moved(this.view.value, by_s, this.length_s));
  }

  seek(at_s: number): void {
    this.following.value = false;
    this.player.value = sought(this.player.value, at_s, this.length_s);
    this.look(showing(this.view.value, this.player.value.at_s, this.length_s));
    this.link();
  }

  loop(range: View | null): void {
    this.player.value = { ...this.player.value, loop: range };
    if (range !== null && (this.player.value.at_s < range.from_s || this.player.value.at_s > range.to_s))
      this.seek(range.from_s);
  }

  pace(speed: number): void {
    this.player.value = { ...this.player.value, speed };
  }

  /** Time has passed. */
  tick(elapsed_s: number): void {
    if (!this.player.value.playing) return;
    // Nothing is rushed past that could not be seen.
    if (this.player.value.speed === FASTEST && !this.exact) return;
    const { from_s, to_s } = this.view.value;
    this.player.value = advanced(this.player.value, elapsed_s, this.length_s, to_s - from_s);
    const view = turned(this.view.value, this.player.value.at_s, this.length_s);
    const shown = showing(view, this.player.value.at_s, this.length_s);
    if (shown !== this.view.value) this.look(shown);
    if (!this.player.value.playing) this.link();
  }

  act(act: Act): void {
    if (!this.begun) return;
    const { at_s } = this.player.value;
    switch (act.do) {
      case "play":
        this.following.value = false;
        this.player.value = toggled(this.player.value, this.length_s);
        this.link();
        break;
      case "step":
        this.player.value = { ...this.player.value, playing: false };
        this.seek(at_s + act.by_s);
        break;
      case "pace":
        this.player.value = paced(this.player.value, act.step);
        break;
      case "begin":
        this.seek(0);
        break;
      case "end":
        this.seek(this.length_s);
        break;
      case "repetition":
      case "event":
      case "feed": {
        const { repetitions, events: event, feed } = this.lanes.value;
        const items = { repetition: repetitions, event, feed: interruptions(feed) }[act.do];
        const found = neighbour<{ at_s: number } | { from_s: number }>(items, at_s, act.step);
        if (found !== null) this.seek("at_s" in found ? found.at_s : found.from_s);
        break;
      }
      case "message":
        this.step?.(act.step);
        break;
      case "closer":
      case "further":
        this.zoom(at_s, act.do === "closer" ? CLOSER : 1 / CLOSER);
        break;
      case "whole":
        this.following.value = false;
        this.look({ from_s: 0, to_s: this.length_s });
        break;
      case "loop":
        this.loop(this.player.value.loop === null ? this.view.value : null);
        break;
      case "follow":
        this.following.value = this.open.value && !this.following.value;
        if (this.following.value) this.toNewest();
        break;
      case "screen":
        this.screen.value = !this.screen.value;
        remember("screen", this.screen.value);
        break;
      case "bookmark":
        this.marks.set(at_s);
        this.tell("marked");
        break;
      case "copy":
        void this.copy();
        break;
      case "help":
        this.help.value = !this.help.value;
        break;
    }
  }

  private async copy(): Promise<void> {
    this.linkNow();
    try {
      // There is none where the page came over plain HTTP, and it may refuse.
      await navigator.clipboard.writeText(location.href);
      this.address.value = null;
      this.tell("copied");
    } catch {
      this.address.value = location.href;
    }
  }

  tell(what: "copied" | "marked" | "unsaved"): void {
    this.told.value = what;
    setTimeout(() => {
      this.told.value = null;
    }, TOLD_MS);
  }

  /** The newest samples at the right, as much of them as is wanted in sight. */
  private toNewest(): void {
    const length_s = this.length_s;
    this.player.value = { ...this.player.value, playing: false, at_s: length_s };
    this.look({ from_s: length_s - Math.min(this.followed_s, length_s), to_s: length_s });
  }

  /** The address names the moment, once one rests there. */
  private link(): void {
    clearTimeout(this.linking);
    if (!this.player.value.playing) this.linking = setTimeout(() => this.linkNow(), LINK_MS);
  }

  private linkNow(): void {
    const whole = this.view.value.from_s === 0 && this.view.value.to_s >= this.length_s;
    const moment = hashOf({ at_s: this.player.value.at_s, view: whole ? null : this.view.value });
    const hash = `${moment}${orderHash(this.whatIf.order.value)}`;
    if (hash !== location.hash) history.replaceState(history.state, "", hash);
  }
}
