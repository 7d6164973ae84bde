/** Recorded sessions, fetched when a state needs them. */
import { type Casting, type Kept, Recording } from "./recording";
import type { RecordingName } from "./states/state";

const FILES: Record<RecordingName, string> = {
  steady: new URL("./recorded/steady.json", import.meta.url).href,
  hurried: new URL("./recorded/hurried.json", import.meta.url).href,
  tires: new URL("./recorded/tires.json", import.meta.url).href,
  before: new URL("./recorded/before.json", import.meta.url).href,
  pain: new URL("./recorded/pain.json", import.meta.url).href,
  breaks: new URL("./recorded/breaks.json", import.meta.url).href,
  paused: new URL("./recorded/paused.json", import.meta.url).href,
  beyond: new URL("./recorded/beyond.json", import.meta.url).href,
  free: new URL("./recorded/free.json", import.meta.url).href,
};

const fetched = new Map<RecordingName, Promise<Kept>>();

export async function recordingOf(name: RecordingName, casting: Casting = {}): Promise<Recording> {
  let kept = fetched.get(name);
  if (kept === undefined) {
    kept = fetch(FILES[name]).then((answer) => answer.json() as Promise<Kept>);
    fetched.set(name, kept);
  }
  return new Recording(await kept, casting);
}
