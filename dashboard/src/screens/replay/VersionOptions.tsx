import type { JSX } from "preact";
import { t } from "../../i18n/language";
import type { Version } from "./rerun";

/** The versions to analyse with, for a `select`; this one has no name there. */
export function VersionOptions({ installed }: { installed: readonly Version[] }): JSX.Element {
  return (
    <>
      {installed.map(({ name, here }) => (
        <option key={name} value={here ? "" : name}>
          {here ? t("replay.versionHere", { name }) : name}
        </option>
      ))}
    </>
  );
}
