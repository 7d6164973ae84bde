import { batch, effect, useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { number, t } from "../../i18n/language";
import type { Bench } from "./bench";
import { followed, lastAt, Rest, SHOWN, STEP, within } from "./part";

/** A link names its moment to the millisecond: what it leads to is passed there. */
const NEAR_S = 1e-3;

interface Props<Item> {
  bench: Bench;
  /** In order of time. */
  items: readonly Item[];
  /** The line at the playhead is brought into sight, too. */
  scrolls: boolean;
  children: (item: Item) => ComponentChildren;
}

/** Events in order of time, each a button that leads to it: those around the playhead; with what there is before and after them. */
export function Listing<Item extends { at_s: number }>({ bench, items, scrolls, children }: Props<Item>): JSX.Element {
  const count = items.length;
  const passed = () => lastAt(items, bench.player.peek().at_s + NEAR_S);
  const place = useSignal(passed());
  const first = useSignal(followed(0, place.peek(), count));
  const list = useRef<HTMLOListElement>(null);
  /** The line that the focus goes to; `lost`: only where it is nowhere else. */
  const focus = useRef<{ place: number; lost: boolean } | null>(null);
  const follow = useRef<() => void>(() => undefined);
  follow.current = () => {
    const found = passed();
    if (found === place.peek()) return;
    if (list.current?.contains(document.activeElement)) focus.current = { place: found, lost: true };
    batch(() => {
      place.value = found;
      first.value = followed(within(first.peek(), count), found, count);
    });
  };
  useEffect(() => {
    const rest = new Rest(() => follow.current());
    const stop = effect(() => rest.moved(bench.player.value.playing));
    return () => {
      stop();
      rest.close();
    };
  }, [bench]);
  useLayoutEffect(() => follow.current(), [items]);

  const from = within(first.value, count);
  const to = Math.min(from + SHOWN, count);
  const here = place.value;
  useLayoutEffect(() => {
    const { current: wanted } = focus;
    focus.current = null;
    if (wanted === null || (wanted.lost && document.activeElement !== document.body)) return;
    list.current?.children[wanted.place - from]?.querySelector("button")?.focus();
  });
  useEffect(() => {
    if (scrolls) list.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }, [here]);
  /** Who reads on by the keyboard or by ear goes on where the new lines meet the old. */
  const turn = (by: number) => {
    focus.current = { place: by < 0 ? from - 1 : to, lost: false };
    first.value = within(from + by, count);
  };
  const part = count > SHOWN;
  return (
    <>
      {part && (
        <p class="part">
          <span>{t("replay.listed", { from: number(from + 1), to: number(to), of: number(count) })}</span>
          {from > 0 && (
            <button type="button" onClick={() => turn(-STEP)}>
              {t("replay.earlier", { n: number(from) })}
            </button>
          )}
        </p>
      )}
      <ol class="events" ref={list}>
        {items.slice(from, to).map((item, n) => (
          <li
            key={from + n}
            aria-current={from + n === here ? "true" : undefined}
            aria-setsize={part ? count : undefined}
            aria-posinset={part ? from + n + 1 : undefined}
          >
            <button type="button" onClick={() => bench.seek(item.at_s)}>
              {children(item)}
            </button>
          </li>
        ))}
      </ol>
      {to < count && (
        <p class="part">
          <button type="button" onClick={() => turn(STEP)}>
            {t("replay.later", { n: number(count - to) })}
          </button>
        </p>
      )}
    </>
  );
}
