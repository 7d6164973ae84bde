import type { JSX } from "preact";

/** Shapes that stand beside a word; never the only sign of a state. */
const PATHS = {
  extension: "M12 3 L20 13 H15 V21 H9 V13 H4 Z",
  flexion: "M12 21 L4 11 H9 V3 H15 V11 H20 Z",
  hold: "M4 9 H20 V15 H4 Z",
  turn: "M12 7 A5 5 0 1 1 11.9 7 Z",
  live: "M12 5 A7 7 0 1 1 11.9 5 Z",
  late: "M12 2 A10 10 0 1 1 11.9 2 Z M11 6 V13 H17 V11 H13 V6 Z",
  stale: "M12 2 L23 21 H1 Z M11 9 V15 H13 V9 Z M11 17 V19 H13 V17 Z",
  lost: "M5 3 L12 10 L19 3 L21 5 L14 12 L21 19 L19 21 L12 14 L5 21 L3 19 L10 12 L3 5 Z",
  offline: "M11 2 H13 V12 H11 Z M7 5 A9 9 0 1 0 17 5 L16 7 A7 7 0 1 1 8 7 Z",
  connecting: "M3 11 H7 V13 H3 Z M10 11 H14 V13 H10 Z M17 11 H21 V13 H17 Z",
  pain: "M8 2 H16 L22 8 V16 L16 22 H8 L2 16 V8 Z M11 6 V14 H13 V6 Z M11 16 V18 H13 V16 Z",
  pause: "M6 4 H10 V20 H6 Z M14 4 H18 V20 H14 Z",
  stop: "M5 5 H19 V19 H5 Z",
  back: "M14 4 L16 6 L10 12 L16 18 L14 20 L6 12 Z",
  resume: "M6 3 L21 12 L6 21 Z",
  done: "M5 2 H7 V4 H20 L16 9 L20 14 H7 V22 H5 Z",
  waiting: "M5 2 H19 V5 L14 12 L19 19 V22 H5 V19 L10 12 L5 5 Z",
  failure: "M3 2 H21 V5 H3 Z M12 8 L19 16 H15 V22 H9 V16 H5 Z",
  abrupt: "M14 1 L4 14 H11 L9 23 L20 9 H13 Z",
  unsure: "M6 8 A6 6 0 1 1 13.5 13.8 V16 H10.5 V11 H12 A3 3 0 1 0 9 8 Z M10.5 18.5 H13.5 V21.5 H10.5 Z",
  limit: "M3 2 H6 V22 H3 Z M8 12 L15 5 V10 H22 V14 H15 V19 Z",
  reserve: "M4 4 H8 V20 H4 Z M10 10 H14 V20 H10 Z M16 15 H20 V20 H16 Z",
  remark: "M10.5 4 H13.5 V7.5 H10.5 Z M10.5 10 H13.5 V20 H10.5 Z",
  whole: "M2 12 L5 9 L10 14 L19 5 L22 8 L10 20 Z",
  store: "M5 3 H17 L21 7 V21 H3 V3 Z M8 5 V9 H15 V5 Z M7 13 V19 H17 V13 Z",
  double: "M3 3 H15 V15 H3 Z M17 8 H21 V21 H8 V17 H10 V19 H19 V10 H17 Z",
  behind: "M11 3 H13 V11 H17 L12 17 L7 11 H11 Z M4 19 H20 V21 H4 Z",
  sound:
    "M3 9 H7 L12 4 V20 L7 15 H3 Z M15 8 A5.5 5.5 0 0 1 15 16 L14 14.6 A3.8 3.8 0 0 0 14 9.4 Z M17.6 4.6 A10 10 0 0 1 17.6 19.4 L16.5 17.8 A8 8 0 0 0 16.5 6.2 Z",
  mute: "M3 9 H7 L12 4 V20 L7 15 H3 Z M15 9 L16.4 7.6 L18.5 9.8 L20.6 7.6 L22 9 L19.9 11.2 L22 13.4 L20.6 14.8 L18.5 12.6 L16.4 14.8 L15 13.4 L17.1 11.2 Z",
  screen:
    "M2 3 H22 V17 H14 V19 H18 V21 H6 V19 H10 V17 H2 Z M4.5 5.5 V14.5 H19.5 V5.5 Z M9 6.5 L12 9 L15 6.5 L16 7.5 L13.2 10 L16 12.5 L15 13.5 L12 11 L9 13.5 L8 12.5 L10.8 10 L8 7.5 Z",
  settings:
    "M3 5 H11 V3 H14 V9 H11 V7 H3 Z M16 5 H21 V7 H16 Z M3 11 H6 V9 H9 V15 H6 V13 H3 Z M11 11 H21 V13 H11 Z M3 17 H13 V15 H16 V21 H13 V19 H3 Z M18 17 H21 V19 H18 Z",
  empty: "M12 3 A9 9 0 1 1 11.9 3 Z M12 5.5 A6.5 6.5 0 1 0 12.1 5.5 Z",
  inside: "M12 2 A10 10 0 1 1 11.9 2 Z M6.5 12 L10.5 16.5 L17.5 8.5 L15.8 7 L10.4 13.3 L8 10.6 Z",
  locked: "M7 10 V7 A5 5 0 0 1 17 7 V10 H19 V22 H5 V10 Z M9.5 10 H14.5 V7 A2.5 2.5 0 0 0 9.5 7 Z",
  uncounted: "M12 2 A10 10 0 1 1 11.9 2 Z M12 4.5 A7.5 7.5 0 1 0 12.1 4.5 Z M7 10.8 H17 V13.2 H7 Z",
  close: "M5 3 L12 10 L19 3 L21 5 L14 12 L21 19 L19 21 L12 14 L5 21 L3 19 L10 12 L3 5 Z",
  said: "M2 3 H22 V17 H12 L7 22 V17 H2 Z M6 8 V10 H18 V8 Z M6 12 V14 H14 V12 Z",
  fast: "M3 5 L11 12 L3 19 Z M12 5 L20 12 L12 19 Z",
  slow: "M21 5 L13 12 L21 19 Z M12 5 L4 12 L12 19 Z",
} as const;

export type IconName = keyof typeof PATHS;
export const ICONS = Object.keys(PATHS) as IconName[];

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="currentColor" fill-rule="evenodd" />
    </svg>
  );
}
