/** One question at the plant about the first two; the reply rewrites the answer here, and goes along with a case that is sent. */

import { graded, type Diagnosis } from "../decision/diagnosis";
import { chooseQuestion, type Question as Asked, type Reply } from "../decision/question";
import { usePhone } from "../phone";
import type { Case } from "../store/case";
import { sentence } from "../text/sentences";
import type { Texts } from "../text/texts";
import { Choices } from "./choices";
import type { IconName } from "./icon";

export const REPLIES: Readonly<Record<Reply, string>> = { yes: sentence("Yes"), no: sentence("No"), unsure: sentence("I can't tell") };

const ICONS: Readonly<Record<Reply, IconName>> = { yes: "yes", no: "no", unsure: "question" };

/** The question as it was answered, else the one to ask; null where there is none, or none in this language. */
export function questionOf({ diagnosis, question: answered, expert, chosen }: Case, { advice }: Pick<Texts, "advice">): { readonly question: Asked; readonly text: string } | null {
  if (diagnosis === null || expert != null || chosen != null) return null;
  const given: Diagnosis = graded(diagnosis);
  const question = answered ?? chooseQuestion(given, (condition) => advice[condition]?.questions);
  const text = question && advice[question.condition]?.ask?.[question.against];
  return question && text ? { question, text } : null;
}

export function Question({ one, asked: { question, text } }: { one: Case; asked: NonNullable<ReturnType<typeof questionOf>> }) {
  const { tell } = usePhone();
  const answer = (reply: Reply): void => void tell(one.id, { question: { ...question, reply }, isReplySent: false });
  return (
    <div class="deciding" data-question={`${question.condition} ${question.against}`}>
      <h2 dir="auto">{text}</h2>
      <Choices what="reply" of={REPLIES} icons={ICONS} taken={question.reply} onTake={answer} />
    </div>
  );
}
