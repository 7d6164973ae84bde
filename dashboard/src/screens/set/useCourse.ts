/** The signals of a set: those that this page has seen, else those that the service has (decision 0152). */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Columns } from "../../live/story";
import { signals } from "../replay/asking";
import { traces } from "../replay/columns";

/** About one for each pixel of a wide picture. */
const POINTS = 1500;
/** What a page has seen of a set is whole where it begins so soon after it, s. */
const LATE_S = 1;

/** Null while they are asked for; empty where there are none to be had. */
export function useCourse(session: string, from_s: number, to_s: number, own: Columns | null): Columns | null {
  const whole = own !== null && (own.t_s[0] ?? Number.POSITIVE_INFINITY) <= from_s + LATE_S;
  const asked = useSignal<Columns | null>(null);
  useEffect(() => {
    asked.value = null;
    if (whole || !(to_s > from_s)) return;
    let over = false;
    const look = async () => {
      const found = await signals(session, { from_s, to_s }, POINTS).catch(() => null);
      if (over) return;
      if (found === null) {
        asked.value = own ?? { t_s: [], angle_deg: [], torque_nm: [] };
        return;
      }
      const { t_s, values } = traces(found);
      asked.value = { t_s: [...t_s], angle_deg: [...values.angle_deg], torque_nm: [...values.torque_nm] };
    };
    void look();
    return () => {
      over = true;
    };
  }, [session, from_s, to_s, whole]);
  return whole ? own : asked.value;
}
