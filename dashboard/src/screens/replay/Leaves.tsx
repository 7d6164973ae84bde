import { effect, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { number, t } from "../../i18n/language";
import { whyOf } from "../record/asking";
import { addressOf } from "../record/taking";
import type { Bench } from "./bench";
import { bytes, Row } from "./Facts";
import {
  behind,
  type Contents,
  copied,
  dump,
  Leaf,
  members,
  opened,
  type RawMessage,
  type Text,
  utc,
  viewer,
} from "./leaf";
import { clock } from "./moment";
import { Rest } from "./part";
import { Sums } from "./Sums";

/** The recording itself: the message at the playhead as it lies there, and all that is in the file beside. */
export function Leaves({ bench }: { bench: Bench }): JSX.Element {
  const leaf = useMemo(() => new Leaf(bench.id, (at_s) => bench.seek(at_s)), [bench]);
  useEffect(() => {
    const follow = () => leaf.show(bench.player.peek().at_s);
    const rest = new Rest(follow);
    const stop = effect(() => rest.moved(bench.player.value.playing || bench.following.value));
    follow();
    const grown = effect(() => {
      // What grows is another file with every look.
      bench.whole.value;
      void leaf.open();
    });
    bench.step = (by) => leaf.step(by);
    return () => {
      bench.step = null;
      stop();
      grown();
      rest.close();
      leaf.close();
    };
  }, [leaf]);
  const contents = leaf.contents.value;
  const why = leaf.why.value;
  return (
    <div class="leaves">
      {why !== null && (
        <p class="refused" role="status">
          {t("leaf.none")} {why.detail}
        </p>
      )}
      {contents === null && why === null && <p class="none">{t("leaf.loading")}</p>}
      {contents !== null && <Message leaf={leaf} contents={contents} />}
      {contents !== null && <File contents={contents} session={bench.id} />}
      {contents !== null && <Elsewhere bench={bench} contents={contents} />}
    </div>
  );
}

function Message({ leaf, contents }: { leaf: Leaf; contents: Contents }): JSX.Element {
  const found = leaf.message.value;
  const full = contents.channels.filter(({ messages }) => messages > 0);
  return (
    <section aria-label={t("leaf.message")}>
      <div class="turning">
        <label>
          {t("leaf.topic")}
          <select value={leaf.topic.value} onChange={(event) => leaf.choose(event.currentTarget.value)}>
            {full.map(({ topic, messages }) => (
              <option key={topic} value={topic}>
                {topic} ({number(messages)})
              </option>
            ))}
          </select>
        </label>
        <span class="pair">
          {([-1, 1] as const).map((by) => (
            <button
              key={by}
              type="button"
              aria-keyshortcuts={by < 0 ? "," : "."}
              aria-label={t(by < 0 ? "leaf.before" : "leaf.after")}
              title={t(by < 0 ? "leaf.before" : "leaf.after")}
              disabled={found === null || found.number + by < 1 || found.number + by > found.count}
              onClick={() => leaf.step(by)}
            >
              {by < 0 ? "‹" : "›"}
            </button>
          ))}
        </span>
      </div>
      {found !== null && <Found message={found} />}
    </section>
  );
}

function Found({ message }: { message: RawMessage }): JSX.Element {
  const late_s = behind(message);
  const said = message.fields === null ? [] : Object.entries(message.fields);
  return (
    <>
      <dl class="facts">
        <Row name={t("leaf.number")}>
          {t("leaf.of", { n: number(message.number), of: number(message.count) })}, {clock(message.at_s)}
        </Row>
        <Row name={t("leaf.logged")} exact>
          {utc(message.log_time_ns)}
        </Row>
        <Row name={t("leaf.published")} exact>
          {late_s === 0
            ? t("leaf.same")
            : `${utc(message.publish_time_ns)} (${t("leaf.later", { s: number(late_s, 3) })})`}
        </Row>
        <Row name={t("leaf.sequence")} exact>
          {message.sequence === 0 ? t("leaf.unnumbered") : String(message.sequence)}
        </Row>
        <Row name={t("leaf.encoding")}>
          {message.encoding}, {message.schema ?? "–"}, {bytes(message.size)}
        </Row>
      </dl>
      {message.unreadable !== null && <p class="none">{t("leaf.unreadable", { words: message.unreadable })}</p>}
      <dl class="fields">
        {said.map(([name, value]) => (
          <Row key={name} name={name} exact>
            {value}
          </Row>
        ))}
      </dl>
      {message.cut && <p class="none">{t("leaf.cut")}</p>}
      <Copy of={`${message.topic} ${message.number}`} text={() => copied(message)} />
      <details>
        <summary>{t("leaf.bytes")}</summary>
        <Scrolled label={t("leaf.bytes")}>{dump(message.hex)}</Scrolled>
        {message.hex.length < 2 * message.size && (
          <p class="none">{t("leaf.firstBytes", { n: bytes(message.hex.length / 2), of: bytes(message.size) })}</p>
        )}
      </details>
    </>
  );
}

/** Puts a text on the clipboard; where the browser does not let it, shows it, chosen already. What is said is said `of` that text alone. */
function Copy({ of, text }: { of: string; text: () => string }): JSX.Element {
  const last = useSignal<{ of: string; told: "copied" | "byHand" } | null>(null);
  const told = last.value?.of === of ? last.value.told : "";
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, [told]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      last.value = { of, told: "copied" };
    } catch {
      last.value = { of, told: "byHand" };
    }
  };
  return (
    <p class="copy">
      <button type="button" onClick={() => void copy()}>
        {t("leaf.copy")}
      </button>
      <span role="status">{told !== "" && t(`leaf.${told}`)}</span>
      {told === "byHand" && <textarea ref={field} readOnly rows={4} aria-label={t("leaf.copy")} value={text()} />}
    </p>
  );
}

/** Plans and parameters have places of their own. */
const LONG: readonly string[] = ["plan", "parameters"];

function File({ contents, session }: { contents: Contents; session: string }): JSX.Element {
  const about = contents.metadata.findLast(({ name }) => name === "ilex")?.pairs ?? {};
  const parameters = about.parameters ?? contents.metadata.findLast(({ name }) => name === "final")?.pairs.parameters;
  return (
    <>
      <details>
        <summary>{t("leaf.provenance")}</summary>
        <Pairs pairs={Object.fromEntries(Object.entries(about).filter(([name]) => !LONG.includes(name)))} />
        {about.plan !== undefined && <Value name="plan" value={about.plan} />}
        {parameters !== undefined && <Value name="parameters" value={parameters} />}
      </details>
      <details>
        <summary>{t("leaf.channels", { n: number(contents.channels.length) })}</summary>
        <ul class="channels">
          {contents.channels.map(({ topic, encoding, schema, messages, first_s, last_s }) => (
            <li key={topic}>
              <strong>{topic}</strong> {t("leaf.messages", { n: number(messages) })}
              {first_s !== null && last_s !== null && `, ${clock(first_s)} – ${clock(last_s)}`}
              <small>
                {encoding}, {schema ?? t("leaf.noSchema")}
              </small>
            </li>
          ))}
        </ul>
        {contents.schemas.map(({ name, encoding, content }) => (
          <details key={name}>
            <summary>
              {name} <small>{encoding}</small>
            </summary>
            <Scrolled label={name}>{laid(content)}</Scrolled>
          </details>
        ))}
      </details>
      <details>
        <summary>{t("leaf.metadata", { n: number(contents.metadata.length) })}</summary>
        {contents.metadata.map(({ name, pairs }, n) => (
          <details key={n}>
            <summary>{name}</summary>
            <Pairs pairs={pairs} />
          </details>
        ))}
      </details>
      <details>
        <summary>{t("leaf.attachments", { n: number(contents.attachments.length) })}</summary>
        {contents.attachments.length === 0 && <p class="none">{t("leaf.noAttachments")}</p>}
        <ul class="channels">
          {contents.attachments.map(({ name, media_type, size }, n) => (
            <li key={n}>
              <strong>{name}</strong> {media_type} {bytes(size)}
            </li>
          ))}
        </ul>
      </details>
      <Sums contents={contents} session={session} />
    </>
  );
}

/** The recording in another tool: in a Lichtblick that is named, at the playhead; else as a file, and how that is opened. */
function Elsewhere({ bench, contents }: { bench: Bench; contents: Contents }): JSX.Element {
  const lichtblick = useSignal<string | null>(null);
  const why = useSignal("");
  useEffect(() => {
    void viewer()
      .then((found) => {
        lichtblick.value = found;
      })
      .catch(() => undefined);
  }, []);
  const record = bench.record.value;
  if (contents.open || record === null) return <p class="none">{t("leaf.elsewhereLater")}</p>;
  const { value } = lichtblick;
  const open = async (address: string) => {
    why.value = "";
    try {
      const time = String(BigInt(contents.first_utc_ns ?? "0") + BigInt(Math.round(bench.player.peek().at_s * 1e9)));
      window.open(await opened(bench.id, address, time, location.origin), "_blank", "noopener");
    } catch (error) {
      why.value = whyOf(error).detail || t("leaf.none");
    }
  };
  return (
    <section class="elsewhere" aria-label={t("leaf.elsewhere")}>
      {value !== null && (
        <button type="button" onClick={() => void open(value)}>
          {t("leaf.lichtblick")}
        </button>
      )}
      <p class="none">
        <a href={addressOf(record, "mcap", record.damage != null || contents.damage !== null)} download>
          {t("replay.data.mcap")}
        </a>{" "}
        {t(value === null ? "leaf.asFile" : "leaf.lent")}
      </p>
      <p role="status">{why.value}</p>
    </section>
  );
}

function Pairs({ pairs }: { pairs: Record<string, Text> }): JSX.Element {
  return (
    <>
      {Object.entries(pairs).map(([name, value]) => (
        <Value key={name} name={name} value={value} />
      ))}
    </>
  );
}

/** A value of a metadata record: an object is folded, and laid out member by member. */
function Value({ name, value }: { name: string; value: Text }): JSX.Element {
  const found = members(value);
  if (found === null)
    return (
      <dl class="facts">
        <Row name={name} exact>
          {value.text}
          {value.text.length < value.length && ` … (${t("leaf.longer", { n: number(value.length) })})`}
        </Row>
      </dl>
    );
  return (
    <details>
      <summary>
        {name} <small>{number(found.length)}</small>
      </summary>
      <dl class="fields">
        {found.map(([member, text]) => (
          <Row key={member} name={member} exact>
            {text}
          </Row>
        ))}
      </dl>
    </details>
  );
}

function Scrolled({ label, children }: { label: string; children: string }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard (WCAG 2.1.1).
    <section class="scrolled" aria-label={label} tabIndex={0}>
      <pre>{children}</pre>
    </section>
  );
}

function laid({ text, length }: Text): string {
  if (text.length < length) return `${text} …`;
  try {
    return JSON.stringify(JSON.parse(text), null, 1);
  } catch {
    return text;
  }
}
