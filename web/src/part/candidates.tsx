/** What else it may be: each with a drawing, its share and what tells it apart, to be compared with the leaf in the hand. */

import { compared, type Diagnosis } from "../decision/diagnosis";
import { usePhone } from "../phone";
import { type Case, changeCase } from "../store/case";
import { AdviceCard, Confirm, Today } from "./advice_card";
import { Example } from "./example";
import { Icon } from "./icon";
import { Sign } from "./sign";

/** A candidate below this is noise to a reader. */
const MIN_SHOWN_PROBABILITY = 0.02;

interface Props {
  one: Case;
  diagnosis: Diagnosis;
  /** Id of the one that a reply makes likelier, which no share was measured for; null without one. */
  likelier: string | null;
}

export function Candidates({ one, diagnosis, likelier }: Props) {
  const { database, delivery, words, stored } = usePhone();
  const shown = compared(diagnosis)
    .filter((candidate) => candidate.probability >= MIN_SHOWN_PROBABILITY)
    .sort((first, second) => Number(second.id === likelier) - Number(first.id === likelier));
  const chosen = shown.find(({ id }) => id === one.chosen && id !== diagnosis.condition?.id);
  const advice = chosen && words.texts.advice[chosen.id];
  if (shown.length < 2) return null;

  async function choose(id: string): Promise<void> {
    const verdict = id === diagnosis.condition?.id ? "right" : "wrong";
    if (await stored(changeCase(database, one.id, { verdict, chosen: id, isVerdictSent: false }))) delivery.hurry();
  }

  return (
    <>
      <h2>{words.say("It could be")}</h2>
      <ol class="candidates">
        {shown.map((candidate) => (
          <li key={candidate.id}>
            <details>
              <summary class="candidate">
                <Sign condition={candidate.id} />
                <span>{words.conditionName(candidate)}</span>
                {likelier === null && (
                  <>
                    <span class="share">{words.percent(candidate.probability)}</span>
                    <svg class="bar" height="10" aria-hidden="true">
                      <rect width={`${Math.round(1000 * candidate.probability) / 10}%`} height="10" />
                    </svg>
                  </>
                )}
              </summary>
              <p dir="auto">{words.texts.advice[candidate.id]?.see}</p>
            </details>
            <Example condition={candidate.id} name={words.conditionName(candidate)} />
            <button
              type="button"
              class="second"
              data-chosen={candidate.id}
              aria-pressed={one.chosen === candidate.id}
              onClick={() => void choose(candidate.id)}
            >
              <Icon name="yes" /> {words.say("It is this one")}
            </button>
          </li>
        ))}
      </ol>
      {chosen !== undefined && advice !== undefined && (
        <section class="chosen" data-advice={chosen.id}>
          <h2>{words.conditionName(chosen)}</h2>
          <p class="caution">{words.say("You chose this. Majani is not sure of it.")}</p>
          <Today advice={advice} />
          <Confirm advice={advice} />
          <AdviceCard advice={advice} />
        </section>
      )}
    </>
  );
}
