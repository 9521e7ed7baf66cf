/** What it may be: each beside the leaf in the hand, with photos of other plants, a drawing and the one sign that tells. */

import { listed, type Diagnosis, type Named } from "../decision/diagnosis";
import { usePhone } from "../phone";
import { type Case, changeCase } from "../store/case";
import { BLIND } from "../text/blind_spots";
import { AdviceCard, Today } from "./advice_card";
import { Beside } from "./case_photos";
import { SomethingElse } from "./causes_part";
import { Credit } from "./example";
import { Icon } from "./icon";
import { Sign } from "./sign";
import { Tell } from "./tell";

/** Side by side; more would be a list to scroll, not leaves to look at: the others open at a touch. */
const MOST_CARDS = 2;

interface Props {
  one: Case;
  diagnosis: Diagnosis;
  /** Id of the one that a reply makes likelier, and of the one that it makes less likely; null without one. */
  likelier: string | null;
  unlikelier: string | null;
}

export function Candidates({ one, diagnosis, likelier, unlikelier }: Props) {
  const { words } = usePhone();
  const rank = ({ id }: Named): number => Number(id === unlikelier) - Number(id === likelier);
  const shown = [...listed(diagnosis)].sort((first, second) => rank(first) - rank(second));
  const blind = diagnosis.one_of?.blind_spots ?? [];
  if (shown.length === 0) return null;
  return (
    <>
      {diagnosis.one_of == null && <h2>{words.say("It could be")}</h2>}
      <ol class={`candidates ${shown.length > 1 ? "pair-of-cards" : ""}`}>
        {shown.map((named, at) => (
          <Candidate key={named.id} one={one} diagnosis={diagnosis} id={named.id} name={words.conditionName(named)} isOpen={at < MOST_CARDS} />
        ))}
      </ol>
      {blind.length > 0 && (
        <>
          <p class="blind">{words.say(BLIND)}</p>
          <ul class="candidates pair-of-cards">
            {blind.map(({ id, name }) => (
              <Candidate key={id} one={one} diagnosis={diagnosis} id={id} name={words.texts.names.conditions[id]?.name ?? name} isOpen={false} />
            ))}
          </ul>
        </>
      )}
      {diagnosis.condition === null && <SomethingElse />}
      <Credit conditions={[...shown, ...blind].map(({ id }) => id)} />
    </>
  );
}

interface CandidateProps {
  one: Case;
  diagnosis: Diagnosis;
  id: string;
  name: string;
  /** Whether it lies open from the start. */
  isOpen: boolean;
}

function Candidate({ one, diagnosis, id, name, isOpen }: CandidateProps) {
  const { database, delivery, words, stored } = usePhone();
  const advice = words.texts.advice[id];
  const isChosen = one.chosen === id;

  async function choose(): Promise<void> {
    const isSaid = diagnosis.condition === null && listed(diagnosis).some((named) => named.id === id);
    const verdict = isSaid ? "right" : "wrong";
    if (await stored(changeCase(database, one.id, { verdict, chosen: id, isVerdictSent: false }))) delivery.hurry();
  }

  const heading = (
    <>
      <Sign condition={id} /> <span>{name}</span>
    </>
  );
  const body = (
    <>
      {/* With several, the own leaf stands above them all. */}
      <Beside one={listed(diagnosis).length > 1 ? undefined : one} condition={id} name={name} />
      {advice !== undefined && <Tell see={advice.see} />}
      {advice !== undefined && (
        <button type="button" class="second" data-chosen={id} aria-pressed={isChosen} onClick={() => void choose()}>
          <Icon name="yes" /> {words.say("It is this one")}
        </button>
      )}
      {isChosen && advice !== undefined && (
        <div class="chosen" data-advice={id}>
          <p class="caution">{words.say("You chose this. Majani is not sure of it.")}</p>
          <Today advice={advice} />
          <AdviceCard advice={advice} isChosen />
        </div>
      )}
    </>
  );
  return (
    <li data-condition={id}>
      {isOpen || isChosen ? (
        <>
          <h2>{heading}</h2>
          {body}
        </>
      ) : (
        <details class="folded">
          <summary>{heading}</summary>
          {body}
        </details>
      )}
    </li>
  );
}
