import type { JSX } from "preact";
import { number, t } from "../i18n/language";
import { type Colour, colourOf, contrast } from "./contrast";
import { word } from "./words";

/** Roles whose shapes or words stand on the ground or on a raised surface; the contrast that each needs there. */
const ROLES: readonly (readonly [name: string, least: number])[] = [
  ["text", 7],
  ["text-secondary", 4.5],
  ["target", 4.5],
  ["trace", 4.5],
  ["cadence", 4.5],
  ["attention", 4.5],
  ["notice", 4.5],
  ["technical", 4.5],
  ["done", 4.5],
  ["torque", 4.5],
  ["stop-edge", 4.5],
  ["missing", 4.5],
  ["paused", 3],
  ["wall", 3],
];
/** Words on a surface of their own. */
const PAIRS = [
  ["on-stop", "stop"],
  ["on-attention", "attention"],
  ["ground", "target"],
  ["ground", "text"],
] as const;
const TYPES = ["note", "small", "text", "lead", "heading", "title", "figure"] as const;
const ROOM = ["note", "text", "lead", "title", "word", "digit", "count"] as const;
const SPACES = ["gap", "round"] as const;
const MOTIONS = ["pulse"] as const;

function value(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Every colour, size and time of the screens, as this page has them now. */
export function Tokens(): JSX.Element {
  const ground = colourOf(value("ground"));
  const raised = colourOf(value("raised"));
  return (
    <main class="guide tokens">
      <h1>{word("tokens")}</h1>
      <section>
        <h2>{word("colours")}</h2>
        <table>
          <thead>
            <tr>
              <th scope="col">{word("role")}</th>
              <th scope="col">{word("value")}</th>
              <th scope="col">{word("onGround")}</th>
              <th scope="col">{word("onRaised")}</th>
            </tr>
          </thead>
          <tbody>
            {ROLES.map(([name, least]) => (
              <tr key={name}>
                <Role name={name} />
                <Ratio front={colourOf(value(name))} behind={ground} least={least} />
                <Ratio front={colourOf(value(name))} behind={raised} least={least} />
              </tr>
            ))}
            {PAIRS.map(([front, behind]) => (
              <tr key={`${front}/${behind}`}>
                <Role name={`${front} / ${behind}`} swatch={behind} />
                <Ratio front={colourOf(value(front))} behind={colourOf(value(behind))} least={4.5} />
                <td />
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <section>
        <h2>{word("types")}</h2>
        {TYPES.map((name) => (
          <p key={name} class="type">
            <code>{name}</code>
            <span style={{ fontSize: `var(--type-${name})` }}>{word("sample")}</span>
          </p>
        ))}
        <div class="patient row">
          {ROOM.map((name) => (
            <p key={name} class="type">
              <code>room {name}</code>
              <span style={{ fontSize: `var(--room-${name})` }}>{t("phase.extension")} 4</span>
            </p>
          ))}
        </div>
      </section>
      <section>
        <h2>{word("spaces")}</h2>
        {SPACES.map((name) => (
          <p key={name} class="type">
            <code>{name}</code>
            <span class="bar" style={{ width: `var(--${name})`, height: "1em" }} />
            {value(name)}
          </p>
        ))}
      </section>
      <section>
        <h2>{word("motions")}</h2>
        {MOTIONS.map((name) => (
          <p key={name} class="type">
            <code>{name}</code>
            {value(name)}
          </p>
        ))}
      </section>
    </main>
  );
}

function Role({ name, swatch = name }: { name: string; swatch?: string }): JSX.Element {
  return (
    <>
      <th scope="row">
        <span class="swatch" style={{ background: `var(--${swatch})` }} />
        <code>{name}</code>
      </th>
      <td>{value(swatch)}</td>
    </>
  );
}

function Ratio({ front, behind, least }: { front: Colour; behind: Colour; least: number }): JSX.Element {
  const ratio = contrast(front, behind);
  return (
    <td data-contrast={ratio.toFixed(2)} data-least={least}>
      {number(ratio, 1)}
    </td>
  );
}
