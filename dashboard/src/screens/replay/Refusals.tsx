import type { JSX } from "preact";
import type { Refused } from "./asking";

/** Why an order to analyse again was refused, each with the field that it is about. */
export function Refusals({ faults }: { faults: Refused["faults"] }): JSX.Element | null {
  if (faults.length === 0) return null;
  return (
    <div class="refused" role="alert">
      <ul>
        {faults.map(({ pointer, detail }) => (
          <li key={pointer + detail}>
            {pointer !== "" && <code>{pointer.replace(/^\/(parameters\/)?/, "")}</code>} {detail}
          </li>
        ))}
      </ul>
    </div>
  );
}
