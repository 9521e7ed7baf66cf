/** One question that the person answers at the plant: the phone's copy of rule 7 in `majani/decision/question.py`. */

import type { Diagnosis } from "./diagnosis";

export type Reply = "yes" | "no" | "unsure";

/** In the form in which the service gives it. */
export interface Question {
  readonly condition: string;
  readonly against: string;
  readonly yes: number;
  readonly no: number;
  readonly reply: Reply | null;
  readonly likelier: string | null;
}

/** Questions that tell a condition from others, by their ids; texts of older services have none. */
export type Asking = Readonly<Record<string, { readonly yes: number; readonly no: number }>> | undefined;

const MIN_TOGETHER = 0.8;
const MIN_ODDS = 2;

/**
 * The question that decides between the first two candidates; null if there is none.
 *
 * @param asking Gives the questions of a condition.
 */
export function chooseQuestion(
  { outcome, candidates, crop_hint: said }: Pick<Diagnosis, "outcome" | "candidates" | "crop_hint">,
  asking: (condition: string) => Asking,
): Question | null {
  const [first, second] = candidates;
  if (outcome !== "uncertain" || first === undefined || second === undefined) return null;
  if (first.probability + second.probability < MIN_TOGETHER || (said !== null && said !== first.crop)) return null;
  for (const [condition, against] of [[first.id, second.id], [second.id, first.id]] as const) {
    const known = asking(condition)?.[against];
    if (known !== undefined) return { condition, against, yes: known.yes, no: known.no, reply: null, likelier: null };
  }
  return null;
}

/** Weigh the two conditions anew; another reply takes the place of an earlier one. */
export function answerQuestion({ candidates }: Pick<Diagnosis, "candidates">, question: Question, reply: Reply): Question {
  const of = (id: string): number => candidates.find((one) => one.id === id)?.probability ?? 0;
  const { condition, against, yes, no } = question;
  const [speaksFor, other, ratio] = reply === "yes" ? [condition, against, yes] : [against, condition, no];
  const isClear = reply !== "unsure" && of(speaksFor) * ratio >= MIN_ODDS * of(other);
  return { ...question, reply, likelier: isClear ? speaksFor : null };
}
