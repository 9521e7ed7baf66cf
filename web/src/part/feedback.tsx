/** Was it right? One tap; sent along with a case that is sent, otherwise kept here. */

import { usePhone } from "../phone";
import { type Case, changeCase, type Verdict } from "../store/case";
import { sentence } from "../text/sentences";
import { Icon, type IconName } from "./icon";

const VERDICTS: Readonly<Record<Verdict, string>> = {
  right: sentence("Yes, right"),
  wrong: sentence("No, wrong"),
  unsure: sentence("I can't tell"),
};

const ICONS: Readonly<Record<Verdict, IconName>> = { right: "yes", wrong: "no", unsure: "question" };

export function Feedback({ one }: { one: Case }) {
  const { database, delivery, words, stored } = usePhone();
  async function judge(verdict: Verdict): Promise<void> {
    if (await stored(changeCase(database, one.id, { verdict, chosen: null, isVerdictSent: false }))) delivery.hurry();
  }
  return (
    <>
      <h2>{words.say("Was this right?")}</h2>
      <p class="verdicts">
        {Object.entries(VERDICTS).map(([verdict, sentence]) => (
          <button
            type="button"
            data-verdict={verdict}
            aria-pressed={one.verdict === verdict}
            onClick={() => void judge(verdict as Verdict)}
          >
            <Icon name={ICONS[verdict as Verdict]} /> {words.say(sentence)}
          </button>
        ))}
      </p>
      <p role="status" data-verdict={one.verdict}>{one.verdict === null ? "" : words.say("Thank you")}</p>
    </>
  );
}
