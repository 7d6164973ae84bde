/** Contrast of two colours (WCAG 2.2, relative luminance). Pure. */

export type Colour = readonly [red: number, green: number, blue: number];

/** A colour as a token has it: `#rgb`, `#rrggbb`, or `rgb(r g b / a%)` laid over a ground. */
export function colourOf(value: string, ground: Colour = [0, 0, 0]): Colour {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(value.trim())?.[1];
  if (hex !== undefined) {
    const parts = hex.length === 3 ? [...hex].map((part) => part + part) : (hex.match(/../g) ?? []);
    const [red = 0, green = 0, blue = 0] = parts.map((part) => Number.parseInt(part, 16));
    return [red, green, blue];
  }
  const [red = 0, green = 0, blue = 0, share = 100] = (value.match(/[\d.]+/g) ?? []).map(Number);
  const over = (top: number, below: number) => (top * share + below * (100 - share)) / 100;
  return [over(red, ground[0]), over(green, ground[1]), over(blue, ground[2])];
}

export function luminance(colour: Colour): number {
  const [red = 0, green = 0, blue = 0] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** 1 to 21. */
export function contrast(a: Colour, b: Colour): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((one, other) => other - one);
  return (light + 0.05) / (dark + 0.05);
}
