/** A canvas that is as sharp as the display, and the tokens it draws with. */
export interface Surface {
  context: CanvasRenderingContext2D;
  width: number;
  height: number;
}

/** Fits the canvas to its box; null while it has none. Coordinates are CSS pixels from then on. */
export function surface(canvas: HTMLCanvasElement): Surface | null {
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  const context = canvas.getContext("2d");
  if (context === null || width === 0 || height === 0) return null;
  const scale = window.devicePixelRatio || 1;
  const across = Math.round(width * scale);
  const down = Math.round(height * scale);
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
  }
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

const kept = new Map<string, string>();

/** The value of a token of tokens.css. */
export function token(name: string): string {
  let value = kept.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    kept.set(name, value);
  }
  return value;
}

const hatches = new Map<string, HTMLCanvasElement>();

/** Fills the current path with slanting lines of a colour. */
export function hatch(context: CanvasRenderingContext2D, colour: string, step: number): void {
  const key = `${colour}/${step}`;
  let tile = hatches.get(key);
  if (tile === undefined) {
    tile = document.createElement("canvas");
    tile.width = step;
    tile.height = step;
    const lines = tile.getContext("2d");
    if (lines !== null) {
      lines.strokeStyle = colour;
      lines.lineWidth = 1.5;
      lines.beginPath();
      for (const shift of [-step, 0, step]) {
        lines.moveTo(shift, step);
        lines.lineTo(shift + step, 0);
      }
      lines.stroke();
    }
    hatches.set(key, tile);
  }
  const pattern = context.createPattern(tile, "repeat");
  if (pattern === null) return;
  context.fillStyle = pattern;
  context.fill();
}
