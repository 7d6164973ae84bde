/** What a machine's agent says of itself, as far as it is looked at here (`status.calibration` of the contract). */
import { counted, moment, t } from "../../i18n/language";
import { browser } from "../../live/browser";

export interface Device {
  software: string;
  sample_rate_hz: number | null;
  calibration: { curve?: string | null; tare?: { torque_nm?: number } | null } | null;
  /** When zero and gravity were measured, the older of the two; null where neither was. Missing from an older service. */
  calibrated_utc?: string | null;
  calibration_expired?: boolean;
}

const DAY_MS = 86_400_000;

/** The device; null where it has said nothing or nobody answers. */
export async function lookAt(machine: string): Promise<{ device: Device | null } | null> {
  const answer = await browser.ask(`/api/v1/machines/${machine}`).catch(() => null);
  const found = answer?.ok ? ((await answer.json().catch(() => null)) as { device?: Device | null } | null) : null;
  return found === null ? null : { device: found.device ?? null };
}

/** When it was calibrated, and how long ago (H07). */
export function calibratedWords(device: Device | null, utc_ms: number): string {
  if (device?.calibration == null) return t("machine.unknown");
  const { calibrated_utc: utc } = device;
  if (utc == null) return t(device.calibration.tare == null ? "machine.tareNone" : "machine.unknown");
  const days = Math.max(0, Math.floor((utc_ms - Date.parse(utc)) / DAY_MS));
  const ago = days === 0 ? t("machine.calibratedToday") : counted("machine.calibratedAgo", days);
  return `${moment(utc)}, ${ago}`;
}
