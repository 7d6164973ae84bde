/** A plan while it is typed: what is at fault, as the service would say it (contract 3, decision 0011). Pure. */
import { number, t } from "../../i18n/language";
import type { Display, PastSet, Plan } from "../../wire.gen";

/** The fields of the form, by their JSON pointer, and their texts. */
export type Draft = Record<Pointer, string>;

export const NUMBERS = [
  "/range/flexion_deg",
  "/range/extension_deg",
  "/tempo/extension_s",
  "/tempo/hold_s",
  "/tempo/flexion_s",
  "/tempo/turn_s",
  "/repetitions/least",
  "/repetitions/most",
  "/load_nm",
  "/tolerance/angle_deg",
  "/tolerance/share",
  "/tolerance/least_s",
  "/display/from_repetition",
  "/display/rest_s",
] as const;
export const CHOICES = {
  "/endpoint": ["failure", "repetitions"],
  "/pacing": ["fixed", "follow"],
  "/resistance": ["stack", "motor"],
  "/display/feedback": ["own", "full", "band", "after"],
  "/display/motion": ["own", "scroll", "gauge"],
} as const;
export type NumberPointer = (typeof NUMBERS)[number];
export type ChoicePointer = keyof typeof CHOICES;
export type Pointer = NumberPointer | ChoicePointer | "/label";
export type Faults = Partial<Record<Pointer | "", string>>;

/** Contract 3: the cue never moves faster. */
const SPEED_LIMIT_DEG_S = 60;
/** A share of 1 is typed as 100 %. */
export const PER_CENT: readonly Pointer[] = ["/tolerance/share"];
const OPTIONAL: readonly Pointer[] = ["/load_nm", "/display/rest_s"];
export const LABEL_MOST = 64;

export interface Bounds {
  minimum?: number;
  exclusiveMinimum?: number;
  maximum: number;
  whole?: true;
}

const ANGLE: Bounds = { minimum: -360, maximum: 360 };
const MOVING: Bounds = { exclusiveMinimum: 0, maximum: 600 };
const RESTING: Bounds = { minimum: 0, maximum: 600 };
const COUNT: Bounds = { minimum: 1, maximum: 1000, whole: true };

/** As the contract's schema has them, which a test compares. */
export const BOUNDS: Record<NumberPointer, Bounds> = {
  "/range/flexion_deg": ANGLE,
  "/range/extension_deg": ANGLE,
  "/tempo/extension_s": MOVING,
  "/tempo/hold_s": RESTING,
  "/tempo/flexion_s": MOVING,
  "/tempo/turn_s": RESTING,
  "/repetitions/least": COUNT,
  "/repetitions/most": COUNT,
  "/load_nm": { exclusiveMinimum: 0, maximum: 10_000 },
  "/tolerance/angle_deg": { minimum: 0, maximum: 90 },
  "/tolerance/share": { minimum: 0, maximum: 1 },
  "/tolerance/least_s": { minimum: 0, maximum: 60 },
  "/display/from_repetition": COUNT,
  "/display/rest_s": { minimum: 0, maximum: 900, whole: true },
};

/** A plan to begin with: tempo and tolerance of the contract; the range is the patient's own, so it is left open. */
export function draftOf(plan: Plan | null): Draft {
  const show = (value: number | null | undefined, decimals = 2) =>
    value == null ? "" : number(value, 0) === number(value, decimals) ? plain(value, 0) : plain(value, decimals);
  return {
    "/label": plan?.label ?? "",
    "/range/flexion_deg": show(plan?.range.flexion_deg),
    "/range/extension_deg": show(plan?.range.extension_deg),
    "/tempo/extension_s": show(plan?.tempo.extension_s ?? 4),
    "/tempo/hold_s": show(plan?.tempo.hold_s ?? 2),
    "/tempo/flexion_s": show(plan?.tempo.flexion_s ?? 3),
    "/tempo/turn_s": show(plan?.tempo.turn_s ?? 1),
    "/repetitions/least": show(plan?.repetitions.least ?? 12),
    "/repetitions/most": show(plan?.repetitions.most ?? 15),
    "/load_nm": show(plan?.load_nm),
    "/tolerance/angle_deg": show(plan?.tolerance.angle_deg ?? 3),
    "/tolerance/share": show(100 * (plan?.tolerance.share ?? 0.15)),
    "/tolerance/least_s": show(plan?.tolerance.least_s ?? 0.5),
    "/endpoint": plan?.endpoint ?? "failure",
    "/pacing": plan?.pacing ?? "fixed",
    "/resistance": plan?.resistance ?? "stack",
    "/display/feedback": plan?.display?.feedback ?? "own",
    "/display/from_repetition": show(plan?.display?.from_repetition ?? 1),
    "/display/motion": plan?.display?.motion ?? "own",
    "/display/rest_s": show(plan?.display?.rest_s),
  };
}

/** By the reader's custom, without grouping: it is typed over. */
function plain(value: number, decimals: number): string {
  return number(value, decimals)
    .replace(/\u202f|\u00a0/g, "")
    .replace(/([.,]\d*?)0+$/, "$1")
    .replace(/[.,]$/, "");
}

/** A number as typed, with a comma or a point; null where it is none. */
export function parsed(text: string): number | null {
  const clean = text.trim().replace("−", "-").replace(",", ".");
  if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(clean)) return null;
  return Number(clean);
}

/** What is at fault, by field; empty where the plan may be given. */
export function faultsOf(draft: Draft): Faults {
  const faults: Faults = {};
  for (const pointer of NUMBERS) {
    const fault = faultOf(pointer, draft[pointer]);
    if (fault !== null) faults[pointer] = fault;
  }
  if ([...draft["/label"]].length > LABEL_MOST) faults["/label"] = t("plan.fault.long", { most: LABEL_MOST });
  const value = (pointer: NumberPointer) => (faults[pointer] === undefined ? parsed(draft[pointer]) : null);
  const flexion = value("/range/flexion_deg");
  const extension = value("/range/extension_deg");
  if (flexion !== null && extension !== null) {
    if (extension >= flexion) {
      faults["/range/extension_deg"] = t("plan.fault.below", { flexion: number(flexion) });
    } else {
      for (const pointer of ["/tempo/extension_s", "/tempo/flexion_s"] as const) {
        const lasts_s = value(pointer);
        const least_s = (flexion - extension) / SPEED_LIMIT_DEG_S;
        if (lasts_s !== null && lasts_s < least_s) {
          faults[pointer] = t("plan.fault.speed", { least: number(Math.ceil(least_s * 100) / 100, 2) });
        }
      }
    }
  }
  const least = value("/repetitions/least");
  const most = value("/repetitions/most");
  if (least !== null && most !== null && least > most) {
    faults["/repetitions/least"] = t("plan.fault.most", { most: number(most) });
  }
  return faults;
}

function faultOf(pointer: NumberPointer, text: string): string | null {
  if (text.trim() === "") return OPTIONAL.includes(pointer) ? null : t("plan.fault.missing");
  const value = parsed(text);
  if (value === null) return t("plan.fault.number");
  const { whole, minimum, exclusiveMinimum, maximum } = BOUNDS[pointer];
  const scale = PER_CENT.includes(pointer) ? 100 : 1;
  if (whole && !Number.isInteger(value)) return t("plan.fault.whole");
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum * scale) {
    return t("plan.fault.above", { least: number(exclusiveMinimum * scale) });
  }
  if (minimum !== undefined && value < minimum * scale)
    return t("plan.fault.least", { least: number(minimum * scale) });
  if (value > maximum * scale) return t("plan.fault.greatest", { most: number(maximum * scale) });
  return null;
}

/** The plan as it goes to the service, a session of its own; only for a draft without faults. `past`: the patient's earlier sets. */
export function planOf(draft: Draft, past: readonly PastSet[] = []): Plan {
  const value = (pointer: NumberPointer) => parsed(draft[pointer]) ?? 0;
  const label = draft["/label"].trim();
  return {
    session: null,
    label: label === "" ? null : label,
    range: { flexion_deg: value("/range/flexion_deg"), extension_deg: value("/range/extension_deg") },
    tempo: {
      extension_s: value("/tempo/extension_s"),
      hold_s: value("/tempo/hold_s"),
      flexion_s: value("/tempo/flexion_s"),
      turn_s: value("/tempo/turn_s"),
    },
    tolerance: {
      share: value("/tolerance/share") / 100,
      least_s: value("/tolerance/least_s"),
      angle_deg: value("/tolerance/angle_deg"),
    },
    repetitions: { least: value("/repetitions/least"), most: value("/repetitions/most") },
    endpoint: draft["/endpoint"] as Plan["endpoint"],
    load_nm: draft["/load_nm"].trim() === "" ? null : value("/load_nm"),
    resistance: draft["/resistance"] as Plan["resistance"],
    pacing: draft["/pacing"] as Plan["pacing"],
    ...(past.length > 0 && { past: [...past] }),
    ...displayOf(draft, value),
  };
}

/** How it is shown; what is left to the screen is null, and all of it left out where all of it is (decision 0241). */
function displayOf(draft: Draft, value: (pointer: NumberPointer) => number): Pick<Plan, "display"> {
  const { "/display/feedback": feedback, "/display/motion": motion } = draft;
  const display: Display = {
    feedback: feedback === "own" ? null : (feedback as Display["feedback"]),
    from_repetition: value("/display/from_repetition"),
    motion: motion === "own" ? null : (motion as Display["motion"]),
    rest_s: draft["/display/rest_s"].trim() === "" ? null : value("/display/rest_s"),
  };
  const { feedback: level, from_repetition, ...rest } = display;
  const own = level === null && from_repetition === 1 && rest.motion === null && rest.rest_s === null;
  return own ? {} : { display };
}

/** The faults of a 422 answer at the fields that they point at; others under "". */
export function faultsFrom(errors: readonly { pointer?: string; detail: string }[], draft: Draft): Faults {
  const faults: Faults = {};
  for (const { pointer = "", detail } of errors) {
    const field = Object.hasOwn(draft, pointer) ? (pointer as Pointer) : "";
    faults[field] = faults[field] === undefined ? detail : `${faults[field]}; ${detail}`;
  }
  return faults;
}
