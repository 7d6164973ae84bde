import { useSignal } from "@preact/signals";
import { Component, type ComponentChildren } from "preact";
import { useCallback } from "preact/hooks";

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;
/** A page that has held so long has recovered. */
const HELD_MS = 60_000;

interface Props {
  /** What is shown while nothing can be drawn; it must be plain enough never to fail itself. */
  instead: ComponentChildren;
  failed: (error: unknown) => void;
  /** Asked each time: what is handed over ready-made would be kept, with every element that it first drew, as long as the page. */
  children: () => ComponentChildren;
}

/**
 * Shows a safe state where its children can't be drawn, reports that, and tries again, anew: 1 s later, then twice as long each time.
 */
export class Rescue extends Component<Props, { failing: boolean }> {
  override state = { failing: false };
  private wait_ms = FIRST_MS;
  private failed_ms = Number.NEGATIVE_INFINITY;
  private timer: ReturnType<typeof setTimeout> | undefined;

  override componentDidCatch(error: unknown): void {
    const now_ms = performance.now();
    this.wait_ms = now_ms - this.failed_ms > HELD_MS ? FIRST_MS : Math.min(LONGEST_MS, 2 * this.wait_ms);
    this.failed_ms = now_ms;
    this.setState({ failing: true });
    this.props.failed(error);
    this.timer = setTimeout(() => this.setState({ failing: false }), this.wait_ms);
  }

  override componentWillUnmount(): void {
    clearTimeout(this.timer);
  }

  override render(): ComponentChildren {
    return this.state.failing ? this.props.instead : this.props.children();
  }
}

/** For drawers of the loop: whoever hands an error to the answer fails with it when it is rendered next, so that its `Rescue` stands in. */
export function useFailure(): (error: unknown) => void {
  const broken = useSignal<{ error: unknown } | null>(null);
  if (broken.value !== null) throw broken.value.error;
  return useCallback((error) => {
    broken.value = { error };
  }, []);
}
