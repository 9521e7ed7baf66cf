/** What experts say of a case whose photos were shared with them: heard at every contact, kept for the time in between. */

import type { Case } from "./case";

export type ExpertVerdict = "condition" | "unknown_plant" | "not_a_plant" | "cannot_tell" | "bad_photo" | "disagreement";

export interface ExpertWord {
  readonly verdict: ExpertVerdict;
  readonly condition: string | null;
  /** Id of a sentence in the texts. */
  readonly remark: string | null;
  readonly reviewed_at: string;
}

/** Whether a remark asks something that yes or no answers. */
export function isQuestion(remark: string | null): remark is string {
  return remark?.startsWith("ask_") === true;
}

/** Whether an expert could say more of another photo. */
export function wantsPhoto({ verdict, remark }: ExpertWord): boolean {
  return verdict === "bad_photo" || remark === "more_photos" || remark?.startsWith("photo_") === true;
}

/** Closer together, two contacts are one. */
const PAUSE_MS = 1_000;
const DAY_MS = 86_400_000;

/** Whether the service does not know yet that the person asks for an expert. */
export function isAsking({ wantsExpert, isExpertAsked }: Case): boolean {
  return wantsExpert === true && isExpertAsked !== true;
}

/** Whether to ask the service again. Reviews take days or never come, so an older case is asked about less often. */
export function isExpertDue(one: Case): boolean {
  if (one.whereabouts !== "sent" || !one.keepsPhotos || one.receipt === null) return false;
  const ageMs = Date.now() - (one.askedAt ?? one.createdAt);
  // A clock that was ahead tells no age.
  const pauseMs = ageMs < 0 ? DAY_MS : Math.max(PAUSE_MS, ageMs / 10);
  // The clock may have been set back since.
  return isAsking(one) || Math.abs(Date.now() - (one.expertAt ?? 0)) > pauseMs;
}

/** Whether what was answered no longer holds, nor the advice on it. */
export function corrects(word: ExpertWord | null | undefined, answered: string | null): boolean {
  if (word == null) return false;
  if (word.condition !== null) return word.condition !== answered;
  // A farmer should not spray on what experts argue about.
  const isDoubted = word.verdict === "disagreement" && answered !== null;
  return isDoubted || word.verdict === "unknown_plant" || word.verdict === "not_a_plant";
}

/** What the phone keeps of an answer; something else than before is news. */
export function heard(before: Case, asked: boolean, word: ExpertWord | null): Partial<Case> {
  const { verdict, condition, remark } = before.expert ?? {};
  const isSame = word !== null && word.verdict === verdict && word.condition === condition && word.remark === remark;
  return { expertAt: Date.now(), isExpertAsked: asked, expert: word, isExpertSeen: isSame && before.isExpertSeen === true };
}
