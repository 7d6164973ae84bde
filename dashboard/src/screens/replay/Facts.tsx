import type { ComponentChildren, JSX } from "preact";
import { number } from "../../i18n/language";

/** A fact of a recording: its name, and what it is; `exact` where every digit counts. */
export function Row({
  name,
  exact = false,
  children,
}: {
  name: string;
  exact?: boolean;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={exact ? "exact" : undefined}>{children}</dd>
    </div>
  );
}

/** As an engineer counts them. */
export function bytes(count: number): string {
  if (count < 1000) return `${number(count)} B`;
  return count < 1e6 ? `${number(count / 1000, 1)} kB` : `${number(count / 1e6, 1)} MB`;
}
