import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { language, t } from "../../i18n/language";
import type { Columns } from "../../live/story";
import { surface } from "../../ui/surface";
import type { Plan } from "../../wire.gen";
import { along, paintSet, spanAt } from "./paint";
import type { Row } from "./rows";

interface Props {
  columns: Columns;
  rows: readonly Row[];
  plan: Plan | null;
  from_s: number;
  to_s: number;
  selected: number | null;
  hovered: number | null;
  onSelect: (repetition: number | null) => void;
}

/** A set as a curve; a tap on a repetition's span chooses it. Its numbers are the table's. */
export function Curve({ columns, rows, plan, from_s, to_s, selected, hovered, onSelect }: Props): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const pointer = useSignal<number | null>(null);
  const pointer_s = pointer.value;
  const tag = language.value;

  useEffect(() => {
    const paint = () => {
      const to = canvas.current === null ? null : surface(canvas.current);
      if (to !== null) paintSet(to, { columns, rows, plan, from_s, to_s, selected, hovered, pointer_s });
    };
    paint();
    const sizes = new ResizeObserver(paint);
    if (canvas.current !== null) sizes.observe(canvas.current);
    return () => sizes.disconnect();
  }, [columns, rows, plan, from_s, to_s, selected, hovered, pointer_s, tag]);

  const timeOf = (event: MouseEvent) => {
    const width = canvas.current?.clientWidth ?? 0;
    const x = along(width, from_s, to_s);
    const share = (event.offsetX - x(from_s)) / (x(to_s) - x(from_s));
    return share < 0 || share > 1 ? null : from_s + share * (to_s - from_s);
  };
  return (
    <figure class="set-curve">
      <canvas
        ref={canvas}
        role="img"
        aria-label={t("set.curve")}
        onPointerMove={(event) => {
          pointer.value = timeOf(event);
        }}
        onPointerLeave={() => {
          pointer.value = null;
        }}
        onClick={(event) => {
          const at_s = timeOf(event);
          if (at_s !== null) onSelect(spanAt(rows, at_s));
        }}
      />
    </figure>
  );
}
