/** What else it may be: each with its share, and with what tells it apart, to be compared with the leaf in the hand. */

import type { Diagnosis } from "../decision/diagnosis";
import { usePhone } from "../phone";

/** A candidate below this is noise to a reader. */
const MIN_SHOWN_PROBABILITY = 0.02;

interface Props {
  diagnosis: Diagnosis;
  /** Id of the one that a reply makes likelier, which no share was measured for; null without one. */
  likelier: string | null;
}

export function Candidates({ diagnosis, likelier }: Props) {
  const { words } = usePhone();
  const shown = diagnosis.candidates
    .filter((one) => one.probability >= MIN_SHOWN_PROBABILITY)
    .sort((one, other) => Number(other.id === likelier) - Number(one.id === likelier));
  if (shown.length < 2) return null;
  return (
    <>
      <h2>{words.say("It could be")}</h2>
      <ol class="candidates">
        {shown.map((one) => {
          const see = words.texts.advice[one.id]?.see;
          const line = (
            <>
              <span>{words.conditionName(one)}</span>
              {likelier === null && (
                <>
                  <span class="share">{words.percent(one.probability)}</span>
                  <svg class="bar" height="10" aria-hidden="true">
                    <rect width={`${Math.round(1000 * one.probability) / 10}%`} height="10" />
                  </svg>
                </>
              )}
            </>
          );
          return (
            <li key={one.id}>
              {see === undefined ? (
                <div class="candidate">{line}</div>
              ) : (
                <details>
                  <summary class="candidate">{line}</summary>
                  <p>{see}</p>
                </details>
              )}
            </li>
          );
        })}
      </ol>
    </>
  );
}
