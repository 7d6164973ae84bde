import type { ReadonlySignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/language";
import type { Machine } from "../../live/machine";
import { Feed } from "../../ui/Feed";
import { Icon } from "../../ui/icons";
import { everyFrame, Pace } from "../../ui/loop";
import { surface } from "../../ui/surface";
import { paintStrip } from "./strip";
import type { TileView } from "./tile";

const STRIP_MS = 1000 / 20;

interface Props {
  machine: Machine;
  view: ReadonlySignal<TileView>;
  /** Its place on the wall: the strips take turns, so that no frame has to draw all of them. */
  place: number;
  /** Machines of several sites stand here: each says its own. */
  sited: boolean;
  /** It needs somebody, and nobody has said that he has seen it. */
  calling: boolean;
  onOpen: () => void;
}

export function Tile({ machine, view, place, sited, calling, onOpen }: Props): JSX.Element {
  const strip = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const pace = new Pace(STRIP_MS, place);
    return everyFrame((now) => {
      if (!pace.due(now)) return;
      const to = strip.current && surface(strip.current);
      if (to) paintStrip(to, machine, now, view.peek().stale);
    });
  }, [machine, view, place]);

  const shown = view.value;
  return (
    <li
      class="tile"
      data-need={shown.need ?? "none"}
      data-stale={shown.stale}
      data-noted={shown.notes.length > 0}
      data-calling={calling}
    >
      <a href={`/machines/${machine.name}`} onClick={onOpen}>
        <h2 title={machine.name}>
          <span class="name">
            {sited && <small>{shown.site}/</small>}
            {shown.name}
          </span>
          {shown.label !== null && <span class="label">{shown.label}</span>}
        </h2>
        <p class="state" data-icon={shown.icon ?? "none"}>
          {shown.icon !== null && <Icon name={shown.icon} />}
          <span>{shown.word}</span>
        </p>
        <p class="count">
          <span class="unseen">{t("repetition")} </span>
          <span class="now">{shown.count}</span>
          {shown.most !== null && <span class="most">/{shown.most}</span>}
        </p>
        {shown.notes.length > 0 && (
          <div class="notes">
            {shown.notes.map((note) => (
              <p key={note.text} data-tone={note.tone}>
                <Icon name={note.icon} />
                <span>
                  {note.text}
                  {note.reasons.map((reason, at) => (
                    <span key={reason} class="why">
                      {at === 0 ? ": " : ", "}
                      {reason}
                    </span>
                  ))}
                </span>
              </p>
            ))}
          </div>
        )}
        <div class="strip" aria-hidden="true">
          <canvas ref={strip} />
        </div>
        {shown.kept !== null && (
          <p class="kept" data-tone={shown.kept.tone}>
            <Icon name={shown.kept.icon} />
            <span>{shown.kept.text}</span>
          </p>
        )}
        <p class="foot">
          <Feed state={shown.feed} age={shown.age} />
          <span class="peak">{t("torquePeak", { value: shown.peak ?? "--" })}</span>
        </p>
      </a>
    </li>
  );
}
