/** The bookmarks of a session, as they are set, named and removed; this browser keeps them. */
import { signal } from "@preact/signals";
import { type Bookmark, bookmarks, keep } from "./moment";

export class Marks {
  readonly list = signal<readonly Bookmark[]>([]);
  private readonly session: string;

  constructor(session: string) {
    this.session = session;
    this.list.value = bookmarks(session);
  }

  /** To the millisecond; one that is there already is set anew. */
  set(time_s: number, note = ""): void {
    const at_s = Math.round(time_s * 1000) / 1000;
    this.keep([...this.others(at_s), { at_s, note }]);
  }

  remove(at_s: number): void {
    this.keep(this.others(at_s));
  }

  rename(at_s: number, note: string): void {
    this.keep(this.list.value.map((one) => (one.at_s === at_s ? { at_s, note } : one)));
  }

  private others(at_s: number): Bookmark[] {
    return this.list.value.filter((one) => one.at_s !== at_s);
  }

  private keep(marks: readonly Bookmark[]): void {
    this.list.value = keep(this.session, marks);
  }
}
