import type { ComponentChildren, JSX } from "preact";
import { StopButton } from "../screens/patient/Buttons";
import { Marks } from "../screens/patient/Marks";
import { Beat } from "../ui/Beat";
import { Feed } from "../ui/Feed";
import { ICONS, Icon } from "../ui/icons";
import { Languages } from "../ui/Languages";
import { word } from "./words";

const FEEDS = ["connecting", "live", "late", "stale", "lost", "offline"] as const;

/** What the screens are built of, one by one. */
export function Parts(): JSX.Element {
  return (
    <main class="guide parts">
      <h1>{word("parts")}</h1>
      <Part name="Icon">
        <ul class="icons">
          {ICONS.map((name) => (
            <li key={name}>
              <Icon name={name} />
              <code>{name}</code>
            </li>
          ))}
        </ul>
      </Part>
      <Part name="Feed">
        {FEEDS.map((state) => (
          <Feed key={state} state={state} age={state === "late" || state === "stale" ? "1.2 s" : null} />
        ))}
      </Part>
      <Part name="Beat">
        {[0, 1, 2, 3].map((at) => (
          <Beat key={at} at={at} />
        ))}
      </Part>
      <Part name="Languages">
        <Languages />
      </Part>
      <Part name="Marks" room>
        {[0, 1, 2, 3].map((quality) => (
          <Marks key={quality} quality={quality} worded />
        ))}
      </Part>
      <Part name="StopButton" room>
        <div class="buttons">
          <StopButton stop={() => undefined} />
        </div>
      </Part>
    </main>
  );
}

function Part({
  name,
  room = false,
  children,
}: {
  name: string;
  room?: boolean;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <section>
      <h2>{name}</h2>
      <div class={room ? "patient row" : "row"}>{children}</div>
    </section>
  );
}
