import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { number, t } from "../../i18n/language";
import { browser } from "../../live/browser";
import { calibratedWords, type Device, lookAt } from "./device";

const AGAIN_MS = 10_000;

/** How the machine is calibrated: what stands between sensor and number. */
export function DeviceCard({ machine }: { machine: string }): JSX.Element {
  const device = useSignal<Device | null>(null);
  useEffect(() => {
    let stop: () => void = () => undefined;
    let over = false;
    const look = async () => {
      const found = await lookAt(machine);
      if (over) return;
      if (found !== null) device.value = found.device;
      stop = browser.later(look, AGAIN_MS);
    };
    void look();
    return () => {
      over = true;
      stop();
    };
  }, [machine]);

  const { calibration = null, sample_rate_hz: rate = null, software = "" } = device.value ?? {};
  const tare_nm = calibration?.tare?.torque_nm;
  const curve = calibration?.curve;
  const unknown = t("machine.unknown");
  const facts: [string, string, boolean][] = [
    [
      t("machine.gravity"),
      calibration === null
        ? unknown
        : curve == null
          ? t("machine.gravityNone")
          : t("machine.gravityMeasured", { id: curve.slice(-6) }),
      calibration !== null && curve == null,
    ],
    [
      t("machine.tare"),
      calibration === null
        ? unknown
        : tare_nm === undefined
          ? t("machine.tareNone")
          : t("machine.tareMeasured", { value: number(tare_nm, 1) }),
      false,
    ],
    [
      t("machine.calibrated"),
      device.value?.calibration_expired
        ? t("machine.calibrationExpired", { when: calibratedWords(device.value, browser.utc_ms()) })
        : calibratedWords(device.value, browser.utc_ms()),
      device.value?.calibration_expired ?? false,
    ],
    [t("machine.rate"), rate === null ? unknown : t("machine.rateValue", { value: number(rate) }), false],
    [t("machine.software"), software === "" ? unknown : software, false],
  ];
  return (
    <section class="card device" aria-label={t("machine.device")}>
      <h2>{t("machine.device")}</h2>
      <dl>
        {facts.map(([name, value, missing]) => (
          <div key={name} data-missing={missing}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
