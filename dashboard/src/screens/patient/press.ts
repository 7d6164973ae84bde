/** Both large buttons act on press-down; a click without a press comes from the keyboard or from assistive technology. */
export function pressed(action: () => void): {
  onPointerDown: (event: PointerEvent) => void;
  onClick: (event: MouseEvent) => void;
} {
  return {
    onPointerDown: (event) => {
      if (event.button === 0) action();
    },
    onClick: (event) => {
      if (event.detail === 0) action();
    },
  };
}
