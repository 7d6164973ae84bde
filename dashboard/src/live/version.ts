/** A short sign of a plan, by which people see that two screens show the same one (H15, decision 0244). Pure. */
import type { Plan } from "../wire.gen";

const versions = new WeakMap<Plan, string>();

/** Four digits that change with anything in the plan but its session and the patient's earlier sets; null without a plan. */
export function versionOf(plan: Plan | null): string | null {
  if (plan === null) return null;
  let version = versions.get(plan);
  if (version === undefined) {
    version = digits(inOrder({ ...plan, session: null, past: null }));
    versions.set(plan, version);
  }
  return version;
}

/** As JSON, whatever order the fields came in. */
function inOrder(plan: object): string {
  return JSON.stringify(plan, (_key, value: unknown) =>
    value !== null && typeof value === "object" ? Object.fromEntries(Object.entries(value).sort()) : value,
  );
}

/** FNV-1a, 32 bits folded to 16. */
function digits(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (((hash >>> 16) ^ hash) & 0xffff).toString(16).toUpperCase().padStart(4, "0");
}
