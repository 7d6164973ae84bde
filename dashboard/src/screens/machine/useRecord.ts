/** The record of a session beside what is live: its labels, and its final result once it is there. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { browser } from "../../live/browser";
import { session as recordOf } from "../record/asking";
import type { SessionRecord } from "../record/record";
import { Labels } from "../set/Said";

const AGAIN_MS = 10_000;
const SOON_MS = 3_000;

export function useRecord(session: string | null): { record: Signal<SessionRecord | null>; labels: Labels } {
  const record = useSignal<SessionRecord | null>(null);
  const labels = useMemo(() => new Labels(), []);
  useEffect(() => {
    let stop: () => void = () => undefined;
    let over = false;
    record.value = null;
    labels.take(session, []);
    const look = async () => {
      const asked = labels.version;
      const found = session === null ? null : await recordOf(session).catch(() => null);
      if (over || session === null) return;
      if (found !== null) {
        record.value = found;
        // What was said since is newer than this answer.
        if (labels.version === asked) labels.take(session, found.labels ?? []);
      }
      if (found?.final) return;
      stop = browser.later(look, found !== null && found.ended_utc !== null ? SOON_MS : AGAIN_MS);
    };
    void look();
    return () => {
      over = true;
      stop();
    };
  }, [session]);
  return { record, labels };
}
