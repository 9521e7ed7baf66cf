/** What else it may be, each opened at a touch: photos of other plants, the signs that tell, and the choice. */

import { conditionOf, listed, type Named } from "../decision/diagnosis";
import { usePhone } from "../phone";
import { answerOf, type Case } from "../store/case";
import { Examples } from "./example";
import { Glimpse } from "./guide_list";
import { Icon } from "./icon";
import { Tell } from "./tell";

export function Candidates({ one, conditions }: { one: Case; conditions: readonly Named[] }) {
  const { words } = usePhone();
  if (conditions.length === 0) return null;
  return (
    <ul class="candidates">
      {conditions.map((named) => {
        const { id } = named;
        const [name, advice] = [words.conditionName(named), words.texts.advice[id]];
        return (
          <li key={id} data-condition={id}>
            <details>
              <summary><Glimpse condition={id} /> {words.say("Or: %(name)s", { name })}</summary>
              <Examples condition={id} name={name} />
              {advice !== undefined && <Tell see={advice.see} />}
              {advice !== undefined && <Choose one={one} condition={id} label={words.say("It is this one")} />}
            </details>
          </li>
        );
      })}
    </ul>
  );
}

/** Takes a condition for the right one: the answer is then about it. */
export function Choose({ one, condition, label }: { one: Case; condition: string; label: string }) {
  const { tell } = usePhone();

  function choose(): void {
    const answer = answerOf(one);
    const isSaid = answer !== null && conditionOf(answer) === null && listed(answer).some(({ id }) => id === condition);
    void tell(one.id, { verdict: isSaid ? "right" : "wrong", chosen: condition, isVerdictSent: false });
  }

  return (
    <button type="button" class="second" data-chosen={condition} aria-pressed={one.chosen === condition} onClick={choose}>
      <Icon name="yes" /> {label}
    </button>
  );
}
