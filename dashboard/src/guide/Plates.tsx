import type { JSX } from "preact";
import { LANGUAGES } from "../i18n/language";
import { addressOf, type Options, THEMES } from "./options";
import { OTHERS } from "./states/all";
import { PAIRING, PATIENT } from "./states/patient";
import { DESK, MACHINE } from "./states/staff";
import type { State } from "./states/state";
import { WALL } from "./states/wall";
import { word } from "./words";

const GROUPS = [
  ["patient", PATIENT, [1920, 1080]],
  ["pairing", PAIRING, [1280, 800]],
  ["wall", WALL, [1920, 1080]],
  ["machine", MACHINE, [1280, 800]],
  ["desk", DESK, [1280, 800]],
  ["others", OTHERS, [1280, 800]],
] as const;
const WIDTH = 384;

/** All states side by side; each leads to itself in full size. */
export function Plates({ options }: { options: Options }): JSX.Element {
  return (
    <main class="guide">
      <header>
        <h1>{word("title")}</h1>
        <p>{word("about")}</p>
        <Choices options={options} />
      </header>
      {GROUPS.map(([name, states, size]) => (
        <section key={name} aria-labelledby={name}>
          <h2 id={name}>{word(name)}</h2>
          <ul>
            {states.map((state) => (
              <Plate key={state.name} state={state} size={size} options={options} />
            ))}
          </ul>
        </section>
      ))}
    </main>
  );
}

interface PlateProps {
  state: State;
  size: readonly [number, number];
  options: Options;
}

function Plate({ state: { name }, size: [width, height], options }: PlateProps): JSX.Element {
  const address = addressOf({ ...options, show: name });
  const scale = WIDTH / width;
  return (
    <li>
      <div class="window" style={{ width: WIDTH, height: height * scale }}>
        <iframe src={address} title={name} loading="lazy" style={{ width, height, transform: `scale(${scale})` }} />
      </div>
      <a href={address}>{name}</a>
    </li>
  );
}

function Choices({ options }: { options: Options }): JSX.Element {
  const { language, theme, text, reduced, pseudo } = options;
  const links: [string, [string, Partial<Options>, boolean][]][] = [
    [word("language"), LANGUAGES.map((tag) => [tag.toUpperCase(), { language: tag }, tag === language])],
    [
      word("theme"),
      [
        [word("own"), { theme: null }, theme === null],
        ...THEMES.map((each): [string, Partial<Options>, boolean] => [word(each), { theme: each }, each === theme]),
      ],
    ],
    [word("text"), [100, 150, 200].map((size) => [`${size} %`, { text: size }, size === text])],
    [
      word("view"),
      [
        [word("reduced"), { reduced: !reduced }, reduced],
        [word("pseudo"), { pseudo: !pseudo }, pseudo],
      ],
    ],
  ];
  return (
    <nav class="choices" aria-label={word("view")}>
      {links.map(([name, choices]) => (
        <p key={name}>
          <span>{name}</span>
          {choices.map(([words, change, on]) => (
            <a key={words} href={addressOf({ ...options, ...change })} aria-current={on ? "true" : undefined}>
              {words}
            </a>
          ))}
        </p>
      ))}
    </nav>
  );
}
