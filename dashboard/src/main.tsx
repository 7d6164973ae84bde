import "./styles/tokens.css";
import "./styles/base.css";
import { useSignal } from "@preact/signals";
import { type JSX, render } from "preact";
import { useEffect } from "preact/hooks";
import type { Key } from "./i18n/en";
import { startLanguage, t } from "./i18n/language";
import { Floor } from "./live/floor";
import { pageOf } from "./page";
import { here } from "./screens/pairing/asking";
import { Door } from "./screens/patient/Door";
import { Missing, SignIn, Unreached } from "./screens/plain";
import { ahead } from "./screens/replay/ahead";
import { Wall } from "./screens/wall/Wall";
import "./screens/patient/patient.css";
import "./screens/patient/states.css";
import "./screens/patient/options.css";
import "./screens/patient/pain.css";
import "./screens/patient/checkin.css";
import "./screens/wall/wall.css";
import "./screens/wall/calls.css";
import "./screens/wall/dense.css";

const RETRY_MS = 2000;
/** So often a page that nobody reloads asks whether it is let in, by which its sign-in is renewed (decision 0249). */
const RENEW_MS = 6 * 3600 * 1000;

type Entry = "asking" | "in" | "out" | "down";

function titleOf(page: ReturnType<typeof pageOf>): string {
  if (page.kind === "screen" || page.kind === "machine") return page.machine ?? t("pairing.title");
  const titles: Record<string, Key> = {
    session: "record.session",
    sessions: "record.sessions",
    replay: "replay.title",
    wall: "wall",
    guide: "guide",
    missing: "missing.title",
  };
  return t(titles[page.kind] ?? "wall");
}

function Page(): JSX.Element {
  const entry = useSignal<Entry>("asking");
  const page = pageOf(location.pathname);
  const record = page.kind === "sessions" || page.kind === "session";
  const replay = page.kind === "replay";

  useEffect(() => {
    // The record's pages ask for what they show, and hear then; a patient's screen asks what it is; the guide asks for nothing.
    if (record || replay || page.kind === "screen" || page.kind === "guide") return;
    // A refused WebSocket does not say why, so it is asked first, and again whenever the line is cut.
    const enter = async () => {
      const found = await here();
      if (found === "out") entry.value = "out";
      // A service that is away for a moment takes no page from anybody.
      else if (found !== "down") entry.value = "in";
      else if (entry.value !== "in") entry.value = "down";
    };
    const cut = () => void enter();
    Floor.cut = cut;
    if (entry.value !== "down") cut();
    const timer = setInterval(cut, entry.value === "down" ? RETRY_MS : RENEW_MS);
    return () => clearInterval(timer);
  }, [entry.value === "down"]);

  const pages = useSignal<typeof import("./screens/record/pages") | null>(null);
  const bench = useSignal<typeof import("./screens/replay/pages") | null>(null);
  const guide = useSignal<typeof import("./guide/pages") | null>(null);
  const machines = useSignal<typeof import("./screens/machine/pages") | null>(null);
  useEffect(() => {
    if (record) void import("./screens/record/pages").then((loaded) => (pages.value = loaded));
    if (replay) void import("./screens/replay/pages").then((loaded) => (bench.value = loaded));
    if (page.kind === "guide") void import("./guide/pages").then((loaded) => (guide.value = loaded));
    if (page.kind === "machine") void import("./screens/machine/pages").then((loaded) => (machines.value = loaded));
  }, [page.kind]);

  useEffect(() => {
    document.title = `${titleOf(page)} – Ilex`;
  });

  if (page.kind === "missing") return <Missing />;
  if (page.kind === "screen") return <Door machine={page.machine} />;
  if (page.kind === "guide") {
    const { Guide } = guide.value ?? {};
    return Guide === undefined ? <main class="plain" /> : <Guide />;
  }
  if (entry.value === "out") return <SignIn />;
  if (entry.value === "down") return <Unreached />;
  if (page.kind === "replay") {
    const { Replay } = bench.value ?? {};
    return Replay === undefined ? <main /> : <Replay id={page.id} />;
  }
  if (record) {
    const { Session, Sessions } = pages.value ?? {};
    if (Session === undefined || Sessions === undefined) return <main />;
    return page.kind === "session" ? <Session id={page.id} /> : <Sessions />;
  }
  if (entry.value === "asking") return <main class="plain" />;
  if (page.kind === "machine") {
    const { Machine } = machines.value ?? {};
    return Machine === undefined ? <main class="plain" /> : <Machine name={page.machine} />;
  }
  return <Wall />;
}

const opened = pageOf(location.pathname);
if (opened.kind === "replay") ahead(opened.id);
startLanguage();
const place = document.getElementById("page");
if (place !== null) render(<Page />, place);
