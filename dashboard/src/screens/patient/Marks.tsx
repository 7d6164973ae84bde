import type { JSX } from "preact";
import { t } from "../../i18n/language";

/** How the last repetition was: filled marks of three, never a percentage; on request its one word. */
export function Marks({ quality, worded = false }: { quality: number; worded?: boolean }): JSX.Element {
  return (
    <>
      <p class="marks" role="img" aria-label={t("patient.quality", { n: quality })}>
        {[1, 2, 3].map((mark) => (
          <span key={mark} data-full={mark <= quality} />
        ))}
      </p>
      {worded && <p class="verdict">{t(`quality.${quality as 0 | 1 | 2 | 3}`)}</p>}
    </>
  );
}
