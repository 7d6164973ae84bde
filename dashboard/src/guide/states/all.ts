/** Every state of every screen, by its name in the guide's address. */
import { PAIRING, PATIENT } from "./patient";
import { DESK, MACHINE } from "./staff";
import type { State } from "./state";
import { WALL } from "./wall";

export const OTHERS: readonly State[] = [
  { name: "page/sign-in", page: "signIn", roles: [] },
  { name: "page/unreached", page: "unreached", roles: [] },
  { name: "page/missing", page: "missing", roles: [] },
  { name: "page/blind", page: "blind", roles: [] },
  { name: "design/tokens", page: "tokens", roles: [] },
  { name: "design/parts", page: "parts", roles: [] },
];

export const STATES: readonly State[] = [...PATIENT, ...PAIRING, ...WALL, ...MACHINE, ...DESK, ...OTHERS];
