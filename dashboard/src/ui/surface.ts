/** A canvas that is as sharp as the display, and the tokens it draws with. */
export interface Surface {
  context: CanvasRenderingContext2D;
  width: number;
  height: number;
}

const OPAQUE: CanvasRenderingContext2DSettings = { alpha: false };
/** What is drawn goes to the display without waiting for the rest of the page: a frame sooner, and always (decision 0223). */
const AT_ONCE: CanvasRenderingContext2DSettings = { ...OPAQUE, desynchronized: true };

interface Pixels {
  across: number;
  down: number;
}

/** How many of the display's pixels each canvas covers, as the browser tells when that changes: asking in each frame costs a layout. */
const covers = new WeakMap<Element, Pixels>();
const asked = new WeakSet<Element>();
let sizes: ResizeObserver | null = null;

function noted(changes: ResizeObserverEntry[]): void {
  for (const { target, devicePixelContentBoxSize: [size] = [] } of changes) {
    if (size !== undefined) covers.set(target, { across: size.inlineSize, down: size.blockSize });
  }
}

function pixelsOf(canvas: HTMLCanvasElement): Pixels {
  const told = covers.get(canvas);
  if (told !== undefined) return told;
  if (!asked.has(canvas)) {
    asked.add(canvas);
    sizes ??= new ResizeObserver(noted);
    try {
      sizes.observe(canvas, { box: "device-pixel-content-box" });
    } catch {
      // A browser that doesn't tell is asked each time.
    }
  }
  // As the browser snaps the box: one pixel more or less, and it scales the picture in every frame, which costs time and sharpness.
  const scale = window.devicePixelRatio || 1;
  const box = canvas.getBoundingClientRect();
  return {
    across: Math.round(box.right * scale) - Math.round(box.left * scale),
    down: Math.round(box.bottom * scale) - Math.round(box.top * scale),
  };
}

/**
 * Fits the canvas to the display's own pixels in its box; null while it has none. Coordinates are CSS pixels from then on. `covered`:
 * whoever draws begins with something opaque over all of it, so it isn't cleared before, and costs no blending after.
 */
export function surface(canvas: HTMLCanvasElement, covered = false): Surface | null {
  const scale = window.devicePixelRatio || 1;
  const { across, down } = pixelsOf(canvas);
  const context = canvas.getContext("2d", covered ? AT_ONCE : undefined);
  if (context === null || across <= 0 || down <= 0) return null;
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
  }
  const width = across / scale;
  const height = down / scale;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  if (!covered) context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** What stays the same from frame to frame, opaque unless `clear`, with what moves: drawn when it changes, copied else. */
export class Backdrop {
  private readonly canvas = document.createElement("canvas");
  private readonly clear: boolean;
  private readonly context: CanvasRenderingContext2D | null;
  private drawn = "";

  constructor(clear = false) {
    this.clear = clear;
    this.context = this.canvas.getContext("2d", clear ? undefined : OPAQUE);
  }

  /** Lays it under all of `to`; `paint` draws it anew where `key`, the size or the display's scale is another. */
  lay(to: Surface, key: string, paint: (under: Surface) => void): void {
    const { context, width, height } = to;
    const { canvas } = context;
    const now = `${width} ${height} ${canvas.width} ${canvas.height} ${key}`;
    if (now !== this.drawn && this.context !== null) {
      this.drawn = now;
      this.canvas.width = canvas.width;
      this.canvas.height = canvas.height;
      this.context.setTransform(context.getTransform());
      this.context.fillStyle = token("ground");
      if (!this.clear) this.context.fillRect(0, 0, width, height);
      paint({ context: this.context, width, height });
    }
    context.save();
    // Pixel by pixel.
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.canvas, 0, 0);
    context.restore();
  }
}

const kept = new WeakMap<Element, Map<string, string>>();
let scope: Element | null = null;

/** While it draws, tokens are those of an element: one that stands in a page of other colours. */
export function within(element: Element, draw: () => void): void {
  scope = element;
  try {
    draw();
  } finally {
    scope = null;
  }
}

/** The value of a token of tokens.css. */
export function token(name: string): string {
  const of = scope ?? document.documentElement;
  const values = kept.get(of) ?? new Map<string, string>();
  kept.set(of, values);
  let value = values.get(name);
  if (value === undefined) {
    value = getComputedStyle(of).getPropertyValue(`--${name}`).trim();
    values.set(name, value);
  }
  return value;
}

/** The tokens have other values from now on. */
export function forgetTokens(): void {
  kept.delete(document.documentElement);
}

const hatches = new Map<string, CanvasPattern>();

/** Fills the current path with slanting lines of a colour. */
export function hatch(context: CanvasRenderingContext2D, colour: string, step: number): void {
  const key = `${colour}/${step}`;
  let pattern = hatches.get(key) ?? null;
  if (pattern === null) {
    pattern = slanting(context, colour, step);
    if (pattern === null) return;
    hatches.set(key, pattern);
  }
  context.fillStyle = pattern;
  context.fill();
}

function slanting(context: CanvasRenderingContext2D, colour: string, step: number): CanvasPattern | null {
  const tile = document.createElement("canvas");
  tile.width = step;
  tile.height = step;
  const lines = tile.getContext("2d");
  if (lines === null) return null;
  lines.strokeStyle = colour;
  lines.lineWidth = 1.5;
  lines.beginPath();
  for (const shift of [-step, 0, step]) {
    lines.moveTo(shift, step);
    lines.lineTo(shift + step, 0);
  }
  lines.stroke();
  return context.createPattern(tile, "repeat");
}
