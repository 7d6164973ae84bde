/** The picture in sight as a file: SVG, or PNG made of it at twice its size. */
import { moment, named, number, t } from "../../i18n/language";
import { offer } from "../../ui/offer";
import { token } from "../../ui/surface";
import type { Bench } from "./bench";
import { drawn, type Figure, type Words } from "./figure";
import { clock, stamp } from "./moment";
import { chartsOf } from "./panels";
import { chartName } from "./words";

const SHARP = 2;

/** Null while there is nothing to draw. */
export function figureOf(bench: Bench): Figure | null {
  const record = bench.record.peek();
  const hand = bench.best();
  const { whole } = bench.source;
  if (record === null || hand === null || whole === null) return null;
  const view = bench.view.peek();
  const range = `${clock(view.from_s, 1)} – ${clock(view.to_s, 1)}`;
  return {
    title: record.plan?.label ?? t("record.session"),
    about: [record.machine, moment(record.started_utc), range, record.session].join("  ·  "),
    view,
    hand,
    whole: { measured: whole, inside: bench.inside.whole },
    charts: chartsOf(bench.panels.peek()),
    plan: record.plan,
    targets: bench.targets.peek(),
    lanes: bench.lanes.peek(),
  };
}

const words = (): Words => ({
  colour: token,
  chart: ({ name, unit }) => `${chartName(name)}${unit === "" ? "" : `, ${unit}`}`.replaceAll("\u00ad", ""),
  signal: (name) =>
    name === "angle_deg" ? t("replay.measured") : name === "cue_deg" ? t("replay.cue") : named("replay.inside", name),
  target: t("replay.target"),
  level: (name) => named("replay.level", name),
  lane: (name) => named("replay.lane", name),
  phase: (name) => named("column", name),
  feed: (kind) => named("feed", kind),
  set: (n, reason) => (reason === "" ? t("set", { n }) : `${t("set", { n })} · ${named("ended", reason)}`),
  extent: (name) => named("extent", name),
  number,
  time: stamp,
});

/** Offers the file for download; its name says which session and moment. */
export async function save(bench: Bench, kind: "svg" | "png"): Promise<void> {
  const figure = figureOf(bench);
  if (figure === null) return;
  const text = drawn(figure, words());
  const name = `${bench.id}-${Math.round(figure.view.from_s)}-${Math.round(figure.view.to_s)}s.${kind}`;
  offer(kind === "svg" ? new Blob([text], { type: "image/svg+xml" }) : await rasterised(text), name);
}

async function rasterised(text: string): Promise<Blob> {
  const image = new Image();
  // Data of the page's own: no other address of a picture is allowed here.
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = SHARP * image.naturalWidth;
  canvas.height = SHARP * image.naturalHeight;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const made = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (made === null) throw new Error("the picture could not be made");
  return made;
}
