/** The upright torque bar beside the cue, with the prescribed load as its mark. */
import type { Machine } from "../../live/machine";
import { type Surface, token } from "../../ui/surface";

const NEWEST_MS = 30_000;

/** The top of the bar, Nm: room above the load, or above what was seen of late. */
function ceiling(machine: Machine): number {
  const { trace } = machine;
  let most = (machine.plan?.load_nm ?? 0) * 1.5;
  const first = trace.firstSince(trace.time(trace.length - 1) - NEWEST_MS);
  for (let i = first; i < trace.length; i++) most = Math.max(most, trace.torque(i) || 0);
  return Math.max(50, Math.ceil(most / 50) * 50);
}

export function paintTorque({ context, width, height }: Surface, machine: Machine, fresh: boolean): void {
  context.fillStyle = token("raised");
  context.fillRect(0, 0, width, height);
  const most = ceiling(machine);
  const load = machine.plan?.load_nm ?? null;
  if (load !== null) {
    const top = height * (1 - (load * 1.15) / most);
    const zone = height * ((load * 0.3) / most);
    context.fillStyle = token("target-fill");
    context.fillRect(0, top, width, zone);
    context.fillStyle = token("target");
    context.fillRect(0, top, width, 3);
    context.fillRect(0, top + zone - 3, width, 3);
  }
  if (!fresh || machine.torque_nm === null) return;
  const share = Math.min(1, Math.max(0, machine.torque_nm / most));
  context.fillStyle = token("trace");
  context.fillRect(width * 0.28, height * (1 - share), width * 0.44, height * share);
}
