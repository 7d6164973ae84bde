/** What of the list of sessions is asked for: kept in the page's address, so that it can be linked and gone back to. Pure. */

export const FLAGS = ["gap", "fault", "clock_step", "failure", "unsure", "incomplete", "label_differs"] as const;
export type Flag = (typeof FLAGS)[number];

/** `from` and `to` are days, `2026-01-31`, both included; empty = any. */
export interface Filter {
  machine: string;
  from: string;
  to: string;
  flags: readonly Flag[];
}

export const ANY: Filter = { machine: "", from: "", to: "", flags: [] };
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function filterOf(search: string): Filter {
  const fields = new URLSearchParams(search);
  const day = (name: string) => (DAY.test(fields.get(name) ?? "") ? (fields.get(name) ?? "") : "");
  const flags = fields.getAll("flag");
  return {
    machine: fields.get("machine") ?? "",
    from: day("from"),
    to: day("to"),
    flags: FLAGS.filter((flag) => flags.includes(flag)),
  };
}

/** The page's own query; empty for everything. */
export function searchOf(filter: Filter): string {
  const fields = new URLSearchParams();
  for (const name of ["machine", "from", "to"] as const) if (filter[name] !== "") fields.set(name, filter[name]);
  for (const flag of filter.flags) fields.append("flag", flag);
  const text = fields.toString();
  return text === "" ? "" : `?${text}`;
}

/** The same for the service: days begin and end at midnight where the reader is. */
export function queryOf(filter: Filter): string {
  const fields = new URLSearchParams();
  if (filter.machine !== "") fields.set("machine", filter.machine);
  if (filter.from !== "") fields.set("from", midnight(filter.from, 0));
  if (filter.to !== "") fields.set("to", midnight(filter.to, 1));
  for (const flag of filter.flags) fields.append("flag", flag);
  const text = fields.toString();
  return text === "" ? "" : `&${text}`;
}

export function isAny(filter: Filter): boolean {
  return searchOf(filter) === "";
}

function midnight(day: string, later: number): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}
