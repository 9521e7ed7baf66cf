/** One question may decide between the first two of an answer: the phone's copy of rule 7 in `majani/decision/question.py`. */

import { type Diagnosis, isHealthy, listed, rounded } from "./diagnosis";
import { CLEAR, probableFrom } from "./grades";

export type Reply = "yes" | "no" | "unsure";

export interface Question {
  readonly condition: string;
  readonly against: string;
  readonly ratio: number;
  readonly reply: Reply | null;
}

/** Questions that tell a condition from others, by their ids; texts of older services have none. */
export type Asking = Readonly<Record<string, { readonly ratio: number }>> | undefined;

/**
 * The question about the first two in the list; null if there is none.
 *
 * @param asking Gives the questions of a condition.
 */
export function chooseQuestion(diagnosis: Pick<Diagnosis, "grade" | "why" | "ranked" | "in_list">, asking: (condition: string) => Asking): Question | null {
  const [first, second] = listed(diagnosis);
  if (diagnosis.grade === "most_likely" || diagnosis.why === "another_crop" || first === undefined || second === undefined) return null;
  for (const [condition, against] of [[first.id, second.id], [second.id, first.id]] as const) {
    const known = asking(condition)?.[against];
    if (known !== undefined) return { condition, against, ratio: known.ratio, reply: null };
  }
  return null;
}

/** The answer after the reply: the condition weighs more after "yes" and less after "no"; never is it most likely. */
export function withReply<Answer extends Pick<Diagnosis, "outcome" | "grade" | "why" | "ranked" | "in_list" | "probability" | "looks_sick">>(answer: Answer, question: Question): Answer {
  const { condition, ratio, reply } = question;
  if ((reply !== "yes" && reply !== "no") || !answer.ranked.some(({ id }) => id === condition)) return answer;
  const factor = reply === "yes" ? ratio : 1 / ratio;
  const weights = answer.ranked.map(({ id, probability }) => probability * (id === condition ? factor : 1));
  const before = answer.ranked.reduce((sum, one) => sum + one.probability, 0);
  const scale = before / weights.reduce((sum, one) => sum + one, 0) || 1;
  const ranked = answer.ranked
    .map((one, at) => ({ ...one, probability: rounded((weights[at] ?? 0) * scale) }))
    .sort((one, other) => other.probability - one.probability);
  const [first] = ranked;
  const isNamed = first !== undefined && first.probability >= probableFrom(isHealthy(first));
  const together = rounded(listed({ ranked, in_list: answer.in_list }).reduce((all, one) => all + one.probability, 0));
  return {
    ...answer,
    outcome: isNamed && !isHealthy(first) ? "condition" : "uncertain",
    grade: isNamed ? "probably" : together >= CLEAR ? "one_of" : "not_clear",
    why: null,
    ranked,
    probability: isNamed ? first.probability : together,
    looks_sick: isNamed ? null : answer.looks_sick,
  };
}
