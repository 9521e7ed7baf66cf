/** One question that the person answers at the plant: the phone's copy of rule 7 in `majani/decision/question.py`. */

import { type Diagnosis, officeKnows } from "./diagnosis";

export type Reply = "yes" | "no" | "unsure";

/** In the form in which the service gives it. */
export interface Question {
  readonly condition: string;
  readonly against: string;
  readonly ratio: number;
  readonly reply: Reply | null;
  readonly likelier: string | null;
}

/** Questions that tell a condition from others, by their ids; texts of older services have none. */
export type Asking = Readonly<Record<string, { readonly ratio: number }>> | undefined;

const MIN_TOGETHER = 0.8;
const MIN_ODDS = 2;

/**
 * The question about the first two candidates; null if there is none.
 *
 * @param asking Gives the questions of a condition.
 */
export function chooseQuestion(
  diagnosis: Pick<Diagnosis, "outcome" | "candidates" | "crop_hint" | "for_workers" | "office_knows">,
  asking: (condition: string) => Asking,
): Question | null {
  const { outcome, candidates, crop_hint: said } = diagnosis;
  const [first, second] = candidates;
  if (outcome !== "uncertain" || officeKnows(diagnosis) || first === undefined || second === undefined) return null;
  if (first.probability + second.probability < MIN_TOGETHER || (said !== null && said !== first.crop)) return null;
  for (const [condition, against] of [[first.id, second.id], [second.id, first.id]] as const) {
    const known = asking(condition)?.[against];
    if (known !== undefined) return { condition, against, ratio: known.ratio, reply: null, likelier: null };
  }
  return null;
}

/** Weigh the condition anew; another reply takes the place of an earlier one. */
export function answerQuestion({ candidates }: Pick<Diagnosis, "candidates">, question: Question, reply: Reply): Question {
  const { condition, ratio } = question;
  const share = candidates.find((one) => one.id === condition)?.probability ?? 0;
  const isNamed = reply === "yes" && share * ratio >= MIN_ODDS * (1 - share);
  return { ...question, reply, likelier: isNamed ? condition : null };
}
