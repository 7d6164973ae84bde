import type { JSX } from "preact";
import { number, t } from "../i18n/language";
import type { Machine } from "../live/machine";
import type { FeedState } from "../wire.gen";
import { Icon } from "./icons";

export type ShownFeed = FeedState | "connecting";

/** What to call the feed: by the age of the newest sample; `connecting` before there is any word of it. */
export function feedOf(machine: Machine, local_ms: number): ShownFeed {
  const fresh = machine.freshness(local_ms);
  if (machine.offline && fresh !== "live" && fresh !== "late") return "offline";
  if (fresh !== null) return fresh;
  return machine.said === null || machine.said === "live" ? "connecting" : machine.said;
}

/** The age to show beside a feed that is not live, in seconds; null where it says nothing. */
export function ageText(state: ShownFeed, age_ms: number | null): string | null {
  if (age_ms === null || state === "live" || state === "offline") return null;
  const seconds = age_ms / 1000;
  return t("age", { seconds: number(seconds, seconds < 10 ? 1 : 0) });
}

export function Feed({ state, age }: { state: ShownFeed; age: string | null }): JSX.Element {
  return (
    <span class="feed" data-state={state}>
      <Icon name={state} />
      <span>
        {t(`feed.${state}`)}
        {age !== null && ` ${age}`}
      </span>
    </span>
  );
}
