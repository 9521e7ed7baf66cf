/** Was it right? One tap, and what it is instead; sent along with a case that is sent, otherwise kept here. */

import { conditionOf, type Diagnosis } from "../decision/diagnosis";
import { usePhone } from "../phone";
import type { Case, Verdict } from "../store/case";
import { sentence } from "../text/sentences";
import { Choose } from "./candidates";
import { Choices } from "./choices";
import type { IconName } from "./icon";

const VERDICTS: Readonly<Record<Verdict, string>> = {
  right: sentence("Yes, right"),
  wrong: sentence("No, wrong"),
  unsure: sentence("I can't tell"),
};

const ICONS: Readonly<Record<Verdict, IconName>> = { right: "yes", wrong: "no", unsure: "question" };

export function Feedback({ one, answer }: { one: Case; answer: Diagnosis }) {
  const { words, tell } = usePhone();
  const judge = (verdict: Verdict): void => void tell(one.id, { verdict, chosen: null, isVerdictSent: false });
  return (
    <>
      <h2>{words.say("Was this right?")}</h2>
      <Choices what="verdict" of={VERDICTS} icons={ICONS} taken={one.verdict} onTake={judge} />
      <p role="status" data-verdict={one.verdict}>{one.verdict === null ? "" : words.say("Thank you")}</p>
      {one.verdict === "wrong" && one.expert == null && <Instead one={one} answer={answer} />}
    </>
  );
}

/** What the crop may have besides what was named. */
function Instead({ one, answer }: { one: Case; answer: Diagnosis }) {
  const { words } = usePhone();
  const others = [...answer.ranked.map((named) => ({ id: named.id, name: words.conditionName(named) })), ...answer.other_troubles].filter(
    ({ id }) => id !== conditionOf(answer)?.id && id in words.texts.advice,
  );
  if (others.length === 0) return null;
  return (
    <>
      <h2>{words.say("What do you think it is?")}</h2>
      <div class="instead">{others.map(({ id, name }) => <Choose key={id} one={one} condition={id} label={words.nameOf(id, name)} />)}</div>
    </>
  );
}
