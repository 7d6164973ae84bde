/** The list of sessions: those that fit the filter, page by page, the newest looked for again; and which of them are chosen. */
import { batch, signal } from "@preact/signals";
import { sessions, type Unanswered, whyOf } from "./asking";
import { type Chosen, NONE } from "./choosing";
import type { Filter } from "./filter";
import type { SessionRecord } from "./record";

/** More pages than this are not fetched to choose them all: 10,000 sessions. */
const MOST_PAGES = 200;

export class List {
  readonly filter;
  readonly items = signal<readonly SessionRecord[] | null>(null);
  readonly next = signal<string | null>(null);
  /** Why there is no newer answer. */
  readonly why = signal<Unanswered | null>(null);
  readonly chosen = signal<Chosen>(NONE);
  readonly gathering = signal(false);
  private readonly question: typeof sessions;
  /** What those that are listed fit. */
  private shown: Filter | null = null;
  private asked = 0;
  private waiting = false;

  constructor(filter: Filter, question = sessions) {
    this.filter = signal(filter);
    this.question = question;
  }

  /** The page after this one; the first for null, or where another filter is shown. */
  ask(after: string | null): Promise<void> {
    return this.take(async (filter) => {
      const listed = after === null || this.shown !== filter ? [] : (this.items.value ?? []);
      const page = await this.question(filter, listed.length === 0 ? null : after);
      return { items: [...listed, ...page.items], next: page.next };
    });
  }

  /** Looks again for the newest, as far down as the list is met; what else is listed stays. Leaves off while something else is asked. */
  async renew(): Promise<void> {
    const listed = this.items.value ?? [];
    if (this.waiting || this.why.value?.passing === false) return;
    if (listed.length === 0 || this.shown !== this.filter.value) return this.ask(null);
    await this.take(async (filter) => {
      let page = await this.question(filter, null);
      const fresh = [...page.items];
      for (let left = MOST_PAGES; page.next !== null && behind(listed, fresh) === null && left > 0; left--) {
        page = await this.question(filter, page.next);
        fresh.push(...page.items);
      }
      const rest = page.next === null ? [] : (behind(listed, fresh) ?? []);
      const same = JSON.stringify(fresh) === JSON.stringify(listed.slice(0, listed.length - rest.length));
      return { items: same ? listed : [...fresh, ...rest], next: rest.length > 0 ? this.next.value : page.next };
    });
  }

  choose(filter: Filter): Promise<void> {
    this.filter.value = filter;
    this.chosen.value = NONE;
    return this.ask(null);
  }

  /** Chooses all that fit the filter, for which every page is fetched; leaves the choice as it is where not all could be, or the filter is another meanwhile. */
  async gather(): Promise<void> {
    const { value: wanted } = this.filter;
    let left = MOST_PAGES;
    this.gathering.value = true;
    for (; this.next.value !== null && this.filter.value === wanted && left > 0; left--) {
      const before = this.next.value;
      await this.ask(before);
      if (this.next.value === before) break;
    }
    this.gathering.value = false;
    if (this.filter.value === wanted && (this.next.value === null || left === 0))
      this.chosen.value = new Set(idsOf(this.items.value));
  }

  /** Nothing that is still answered is shown. */
  close(): void {
    this.asked += 1;
  }

  /** An answer that a newer question has overtaken is not shown. */
  private async take(read: (filter: Filter) => Promise<Shown>): Promise<void> {
    const number = ++this.asked;
    const { value: filter } = this.filter;
    this.waiting = true;
    let found: Shown | null = null;
    let why: Unanswered | null = null;
    try {
      found = await read(filter);
    } catch (error) {
      why = whyOf(error);
    }
    if (number !== this.asked) return;
    this.waiting = false;
    batch(() => {
      this.why.value = why;
      if (found === null) return;
      this.shown = filter;
      this.items.value = found.items;
      this.next.value = found.next;
    });
  }
}

interface Shown {
  items: readonly SessionRecord[];
  next: string | null;
}

export function idsOf(items: readonly SessionRecord[] | null): string[] {
  return (items ?? []).map(({ session }) => session);
}

/** Those listed behind the last that is among the fresh ones, too; null where none is. */
function behind(listed: readonly SessionRecord[], fresh: readonly SessionRecord[]): SessionRecord[] | null {
  const ids = new Set(idsOf(fresh));
  const met = listed.findLastIndex(({ session }) => ids.has(session));
  return met < 0 ? null : listed.slice(met + 1);
}
