/** One question at the plant, where two conditions are left; the answer is used here, and sent along with a case that is sent. */

import { compared, type Diagnosis } from "../decision/diagnosis";
import { answerQuestion, chooseQuestion, type Question as Asked, type Reply } from "../decision/question";
import { usePhone } from "../phone";
import { type Case, changeCase } from "../store/case";
import { sentence } from "../text/sentences";
import type { Texts } from "../text/texts";
import type { Wording } from "../text/wording";
import { Icon, type IconName } from "./icon";

export const REPLIES: Readonly<Record<Reply, string>> = {
  yes: sentence("Yes"),
  no: sentence("No"),
  unsure: sentence("I can't tell"),
};

const ICONS: Readonly<Record<Reply, IconName>> = { yes: "yes", no: "no", unsure: "question" };

interface Props {
  one: Case;
  diagnosis: Diagnosis;
}

/** The question as it was answered, else the one to ask; null where there is none. */
export function questionOf(one: Case, diagnosis: Diagnosis, { advice }: Texts): Asked | null {
  return one.question ?? (compared(diagnosis).length < 2 ? null : chooseQuestion(diagnosis, (condition) => advice[condition]?.questions));
}

/** The question, or what its answer makes more likely, to be read aloud; empty if there is neither. */
export function spokenQuestion(one: Case, diagnosis: Diagnosis, words: Wording): string {
  const question = questionOf(one, diagnosis, words.texts);
  if (question === null) return "";
  return question.reply === null ? (words.texts.advice[question.condition]?.ask?.[question.against] ?? "") : words.afterReply(question);
}

export function Question({ one, diagnosis }: Props) {
  const { database, delivery, words, stored } = usePhone();
  const question = questionOf(one, diagnosis, words.texts);
  const asked = question && words.texts.advice[question.condition]?.ask?.[question.against];
  if (question === null || asked === undefined || asked === null) return null;
  const likelier = words.texts.advice[question.likelier ?? ""];

  async function answer(reply: Reply): Promise<void> {
    if (question === null) return;
    const answered = { question: answerQuestion(diagnosis, question, reply), isReplySent: false };
    if (await stored(changeCase(database, one.id, answered))) delivery.hurry();
  }

  return (
    <div class="deciding" data-question={`${question.condition} ${question.against}`}>
      <h2 dir="auto">{asked}</h2>
      <p class="verdicts">
        {Object.entries(REPLIES).map(([reply, sentence]) => (
          <button
            type="button"
            class="second"
            data-reply={reply}
            aria-pressed={question.reply === reply}
            onClick={() => void answer(reply as Reply)}
          >
            <Icon name={ICONS[reply as Reply]} /> {words.say(sentence)}
          </button>
        ))}
      </p>
      <div role="status" data-likelier={question.likelier}>
        {likelier !== undefined && (
          <>
            <h2>{words.afterReply(question)}</h2>
            <p>{words.notMeasured()}</p>
            <h2>{words.say("How to confirm it")}</h2>
            <p dir="auto">{likelier.see}</p>
            <p class="reviews">{words.reviews(likelier).join(" ")}</p>
          </>
        )}
        {likelier === undefined && <p>{words.afterReply(question)}</p>}
      </div>
    </div>
  );
}
