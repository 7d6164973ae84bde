/** What the session is analysed with otherwise, as the fields have it, and what came of it. The address names the order, so a link leads to the same (decision 0232). */
import { batch, signal } from "@preact/signals";
import { t } from "../../i18n/language";
import type { Plan } from "../../wire.gen";
import { Refused, rerun } from "./asking";
import { planOf, type Texts, textsOf } from "./otherplan";
import { type Base, type Order, orderHash, orderIn, type Rerun, typed, written } from "./rerun";

export class WhatIf {
  /** What is typed: parameters by name, the plan where there is another one, the version ("" is this one). */
  readonly given = signal<Readonly<Record<string, string>>>({});
  readonly plan = signal<Texts | null>(null);
  readonly version = signal("");
  readonly base = signal<Base>("recorded");
  /** What was asked for last; null where nothing was. */
  readonly order = signal<Order | null>(null);
  /** What came of it; null while, or where, nothing has. */
  readonly difference = signal<Rerun | null>(null);
  readonly busy = signal(false);
  readonly refused = signal<Refused["faults"]>([]);
  private readonly ask: (order: Order) => Promise<Rerun>;
  private readonly ordered: () => void;

  /** `ordered` is called when there is another order. */
  constructor(id: string, ordered: () => void, ask = (order: Order) => rerun(id, order)) {
    this.ordered = ordered;
    this.ask = ask;
  }

  /** Takes the order that an address names; false where it names none, or the same. `begin` runs it. */
  arrive(hash: string): boolean {
    const order = orderIn(hash);
    if (order === null || (order !== "unreadable" && orderHash(order) === orderHash(this.order.peek()))) return false;
    batch(() => {
      this.clear();
      if (order === "unreadable") this.refused.value = [{ pointer: "", detail: t("replay.rerunUnreadable") }];
      else this.fill(order);
    });
    return true;
  }

  /** Runs what a link asked for and nothing has come of yet. */
  async begin(): Promise<void> {
    const order = this.order.peek();
    if (order !== null && this.difference.peek() === null && this.refused.peek().length === 0 && !this.busy.peek())
      await this.run(order);
  }

  /** Runs what the fields say. */
  async submit(): Promise<void> {
    const changed = Object.entries(this.given.value).filter(([, text]) => text.trim() !== "");
    const faults = this.version.value === "" ? changed.filter(([, text]) => typed(text) === null) : [];
    if (faults.length > 0) {
      this.refused.value = faults.map(([name]) => ({ pointer: `/parameters/${name}`, detail: t("replay.noNumber") }));
      return;
    }
    await this.run(this.version.value === "" ? this.ownOrder(changed) : { version: this.version.value });
  }

  clear(): void {
    batch(() => {
      this.given.value = {};
      this.plan.value = null;
      this.version.value = "";
      this.base.value = "recorded";
      this.order.value = null;
      this.difference.value = null;
      this.refused.value = [];
      this.busy.value = false;
    });
    this.ordered();
  }

  private ownOrder(changed: readonly (readonly [string, string])[]): Order {
    const order: Order = { base: this.base.value };
    if (changed.length > 0)
      order.parameters = Object.fromEntries(changed.map(([name, text]) => [name, typed(text) ?? 0]));
    if (this.plan.value !== null) order.plan = planOf(this.plan.value) as Plan;
    return order;
  }

  private fill(order: Order): void {
    const { parameters = {}, plan, version = "", base = "recorded" } = order;
    this.given.value = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, written(value)]));
    this.plan.value = plan === undefined ? null : textsOf(plan);
    this.version.value = version;
    this.base.value = base;
    this.order.value = order;
  }

  private async run(order: Order): Promise<void> {
    this.order.value = order;
    this.refused.value = [];
    this.busy.value = true;
    this.ordered();
    let found: Rerun | null = null;
    let faults: Refused["faults"] = [];
    try {
      found = await this.ask(order);
    } catch (error) {
      const refused = error instanceof Refused ? error : new Refused(t("down.title"), [], 0);
      faults = refused.faults.length > 0 ? refused.faults : [{ pointer: "", detail: refused.message }];
    }
    // Another order has come meanwhile, or none is wanted any more.
    if (this.order.peek() !== order) return;
    batch(() => {
      this.busy.value = false;
      this.difference.value = found;
      this.refused.value = faults;
    });
  }
}
