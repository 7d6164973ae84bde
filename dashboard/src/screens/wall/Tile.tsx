import type { ReadonlySignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/language";
import type { Machine } from "../../live/machine";
import { Feed } from "../../ui/Feed";
import { Icon } from "../../ui/icons";
import { everyFrame, Pace } from "../../ui/loop";
import { useFailure } from "../../ui/Rescue";
import { surface } from "../../ui/surface";
import { Strip } from "./strip";
import type { TileView } from "./tile";

const STRIP_MS = 1000 / 20;
/** Frames of an interval: in each a part of the strips is drawn. */
export const STRIP_TURNS = 3;
/** A name of more letters than most tiles hold leaves room for that many of the alias, within two fifths of the line; a shorter one stays whole. */
const NAME_LETTERS = 12;
const LABEL_LETTERS = 9;

interface Props {
  machine: Machine;
  view: ReadonlySignal<TileView>;
  /** In which frame of an interval its strip is drawn: neighbours in the same, so that each changes a small part of the picture. */
  turn: number;
  /** Machines of several sites stand here: each says its own. */
  sited: boolean;
  /** Many stand here: each says what it says in single lines, and no torque. */
  dense: boolean;
  /** It needs somebody, and nobody has said that he has seen it. */
  calling: boolean;
  onOpen: () => void;
}

function leastOf({ name, label }: TileView): string | undefined {
  if (label === null || name.length <= NAME_LETTERS) return undefined;
  return `min(${Math.min(label.length + 1, LABEL_LETTERS)}ch, 40%)`;
}

export function Tile({ machine, view, turn, sited, dense, calling, onOpen }: Props): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const failed = useFailure();
  useEffect(() => {
    const strip = new Strip();
    const pace = new Pace(STRIP_MS, turn);
    return everyFrame((now) => {
      if (!pace.due(now)) return;
      const to = canvas.current && surface(canvas.current);
      if (to) strip.paint(to, machine, now, view.peek().stale);
    }, failed);
  }, [machine, view, turn]);

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
          {shown.label !== null && (
            <span class="label" style={{ minWidth: leastOf(shown) }}>
              {shown.label}
            </span>
          )}
        </h2>
        <p class="state" data-icon={shown.head.icon ?? "none"}>
          {shown.head.icon !== null && <Icon name={shown.head.icon} />}
          <span>{shown.head.word}</span>
        </p>
        <p class="count">
          <span class="unseen">{t("repetition")} </span>
          <span class="now">{shown.count}</span>
          {shown.most !== null && <span class="most">/{shown.most}</span>}
        </p>
        {dense && shown.brief !== null && (
          <p class="brief" data-tone={shown.brief.tone} aria-hidden="true">
            {shown.brief.text}
          </p>
        )}
        {shown.notes.length > 0 && (
          <div class={dense ? "notes unseen" : "notes"}>
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
          <canvas ref={canvas} />
        </div>
        {shown.kept !== null && (
          <p class={dense ? "kept unseen" : "kept"} data-tone={shown.kept.tone}>
            <Icon name={shown.kept.icon} />
            <span>{shown.kept.text}</span>
          </p>
        )}
        <p class="foot">
          <Feed state={shown.feed} age={shown.age} />
          {!dense && <span class="peak">{t("torquePeak", { value: shown.peak ?? "--" })}</span>}
        </p>
      </a>
    </li>
  );
}
