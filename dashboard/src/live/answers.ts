/** What the patient at a machine has said, as the service tells staff (contract 5, `told`; decision 0179). */
import type { CheckIn, PainRating, Told } from "../wire.gen";

/** Above this, pain before a set is a matter for the therapist (clinic.md 1, step 14: above 5, stop). */
export const SORE_ABOVE = 5;

/** Why somebody should look at what was said: he is not who he should be, it hurts before the set, he has said how it hurts. */
export type Asked = "other" | "sore" | "rated";

type Answer = CheckIn | PainRating;

export class Answers {
  pain: PainRating | null = null;
  checkIn: CheckIn | null = null;
  private heard_ms = 0;
  /** Those that were seen from this page, until the service has said so too. */
  private readonly seen = new Set<string>();

  hear({ pain, check_in }: Told, received_ms: number): void {
    this.pain = pain;
    this.checkIn = check_in;
    this.heard_ms = received_ms;
    for (const id of this.seen) if (id !== pain?.id && id !== check_in?.id) this.seen.delete(id);
  }

  /** How old an answer is, ms: by the service's reckoning and this page's own since. */
  age(answer: Answer, local_ms: number): number {
    return answer.age_ms + Math.max(0, local_ms - this.heard_ms);
  }

  isSeen(answer: Answer): boolean {
    return answer.seen || this.seen.has(answer.id);
  }

  /** What of it nobody has seen yet. */
  get asked(): Asked | null {
    const { checkIn, pain } = this;
    if (pain !== null && !this.isSeen(pain)) return "rated";
    if (checkIn === null || this.isSeen(checkIn)) return null;
    if (checkIn.who === "other") return "other";
    return checkIn.pain !== null && checkIn.pain > SORE_ABOVE ? "sore" : null;
  }

  /** Takes what a call of that name showed as seen; its id for the service, null where it showed no answer. */
  see(need: string): string | null {
    const answer = need === "pain" || need === "rated" ? this.pain : ANSWERED.has(need) ? this.checkIn : null;
    if (answer === null) return null;
    this.seen.add(answer.id);
    return answer.id;
  }
}

const ANSWERED: ReadonlySet<string> = new Set(["other", "sore"]);
