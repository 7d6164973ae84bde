import type { JSX } from "preact";
import { minutes, number, t } from "../../i18n/language";
import { type Coverage, type CoverageKind, lengthOf, type SessionRecord, totals } from "./record";

const WIDTH = 1000;
const HEIGHT = 34;
const KINDS: readonly CoverageKind[] = ["live", "backfilled", "gap"];
/** A stretch is drawn at least so wide: a gap of a second in an hour is still seen. */
const LEAST = 3;
/** Beyond this share of the axis a mark has no room for its time. */
const LAST_MARK = 0.92;
/** Marks of time on the axis: the least of these that leaves no more than eight. */
const STEPS_S = [5, 10, 30, 60, 120, 300, 600, 1200, 3600];

/** The session from its first sample to its last: what was there live, what came later, what never came; and its sets below. */
export function Ribbon({ record }: { record: SessionRecord }): JSX.Element | null {
  const { coverage } = record;
  if (coverage === undefined || coverage.length === 0) return null;
  const length_s = lengthOf(record);
  const x = (at_s: number) => (at_s / length_s) * WIDTH;
  const share = (seconds: number) => `${(seconds / length_s) * 100}%`;
  const sums = totals(coverage);
  const step_s = STEPS_S.find((step) => length_s / step <= 8) ?? length_s / 8;
  const marks = Array.from({ length: 1 + Math.floor((LAST_MARK * length_s) / step_s) }, (_, n) => n * step_s);
  return (
    <figure class="ribbon">
      <div class="track">
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={t("record.coverage")}>
          <Patterns />
          {inOrder(coverage).map(({ kind, from_s, to_s }) => (
            <rect
              key={`${kind}${from_s}`}
              data-kind={kind}
              x={x(from_s)}
              y={0}
              width={Math.max(kind === "live" ? 0 : LEAST, x(to_s) - x(from_s))}
              height={HEIGHT}
            />
          ))}
        </svg>
        <ol class="spans" aria-hidden="true">
          {record.sets.map(({ set, started_s, at_s }) =>
            started_s === null ? null : (
              <li key={set} style={{ left: share(started_s), width: share(at_s - started_s) }}>
                {t("set", { n: set })}
              </li>
            ),
          )}
        </ol>
        <ol class="axis" aria-hidden="true">
          {marks.map((at_s) => (
            <li key={at_s} style={{ left: share(at_s) }}>
              {minutes(at_s)}
            </li>
          ))}
        </ol>
      </div>
      <figcaption>
        {KINDS.map((kind) => (
          <span key={kind} class="key">
            <svg viewBox="0 0 24 16" aria-hidden="true">
              <rect data-kind={kind} x={0} y={0} width={24} height={16} />
            </svg>
            {t(`record.${kind}`)} <strong>{number(sums[kind], sums[kind] === 0 ? 0 : 1)} s</strong>
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

/** Live first, so that what is rare lies on top. */
function inOrder(coverage: readonly Coverage[]): Coverage[] {
  return [...coverage].sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
}

/** Told apart by shape as well as by colour. */
function Patterns(): JSX.Element {
  return (
    <defs>
      <pattern id="backfilled" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect class="ground" width="8" height="8" />
        <rect class="line" width="4" height="8" />
      </pattern>
      <pattern id="gap" width="6" height="6" patternUnits="userSpaceOnUse">
        <rect class="ground" width="6" height="6" />
        <path class="cross" d="M0 0 L6 6 M6 0 L0 6" />
      </pattern>
    </defs>
  );
}
