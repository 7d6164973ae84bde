/** The stretch of time in sight, s since the session's first sample. Pure. */
export interface View {
  from_s: number;
  to_s: number;
}

/** No closer: two samples at 100 Hz are a picture no more. */
export const LEAST_S = 0.1;
/** The playhead turns the page here, as shares of the picture. */
const PAGE = { ahead: 0.92, back: 0.08 };

/** Moved and shortened so that it lies within the session. */
export function within({ from_s, to_s }: View, length_s: number): View {
  const span_s = Math.min(Math.max(to_s - from_s, LEAST_S), Math.max(length_s, LEAST_S));
  const from = Math.min(Math.max(from_s, 0), Math.max(length_s, LEAST_S) - span_s);
  return { from_s: from, to_s: from + span_s };
}

/** Closer (factor under 1) or further, with `at_s` staying where it is. */
export function zoomed({ from_s, to_s }: View, at_s: number, factor: number, length_s: number): View {
  const span_s = Math.min(Math.max((to_s - from_s) * factor, LEAST_S), Math.max(length_s, LEAST_S));
  const share = (at_s - from_s) / (to_s - from_s);
  return within({ from_s: at_s - share * span_s, to_s: at_s + (1 - share) * span_s }, length_s);
}

export function moved({ from_s, to_s }: View, by_s: number, length_s: number): View {
  return within({ from_s: from_s + by_s, to_s: to_s + by_s }, length_s);
}

/** The view that shows a moment: the same where it is in sight, else a page on, else around it. */
export function showing(view: View, at_s: number, length_s: number): View {
  if (at_s >= view.from_s && at_s <= view.to_s) return view;
  const span_s = view.to_s - view.from_s;
  return within({ from_s: at_s - span_s / 2, to_s: at_s + span_s / 2 }, length_s);
}

/** While it plays: the page turns when the playhead comes near its edge. */
export function turned(view: View, at_s: number, length_s: number): View {
  const span_s = view.to_s - view.from_s;
  if (at_s >= view.from_s && at_s <= view.from_s + PAGE.ahead * span_s) return view;
  if (view.to_s >= length_s && at_s >= view.from_s) return view;
  const from_s = at_s - PAGE.back * span_s;
  return within({ from_s, to_s: from_s + span_s }, length_s);
}

/** What is fetched for a view: so many pages more on either side. */
export function fetched(view: View, length_s: number, pages: number): View {
  const span_s = pages * (view.to_s - view.from_s);
  return { from_s: Math.max(0, view.from_s - span_s), to_s: Math.min(length_s, view.to_s + span_s) };
}

/** True where what was fetched shows the view at its resolution. */
export function covers(
  about: { from_s: number; to_s: number; width_s: number; length_s: number },
  view: View,
  pixels: number,
): boolean {
  const fine = about.width_s === 0 || about.width_s <= (1.5 * (view.to_s - view.from_s)) / pixels;
  return fine && about.from_s <= view.from_s && about.to_s >= Math.min(view.to_s, about.length_s);
}
