/** What helps today, whichever of the listed conditions it is, each with its drawing; see `serving/static/practices.svg`. */

import type { Diagnosis } from "../decision/diagnosis";
import { type Plan, plan } from "../decision/practice";
import { usePhone } from "../phone";
import type { Texts } from "../text/texts";
import { Icon } from "./icon";

/** Nothing with texts from before there were practices. */
export function planOn(diagnosis: Diagnosis, { practices = [], effects = {} }: Texts): Plan {
  return plan(diagnosis, practices, effects);
}

/** The same in words. */
export function helpsOn(diagnosis: Diagnosis, texts: Texts): readonly string[] {
  return planOn(diagnosis, texts).practices.map(({ id }) => texts.practices?.find((one) => one.id === id)?.text ?? "");
}

export function Practices({ diagnosis }: { diagnosis: Diagnosis }) {
  const { words } = usePhone();
  const { practices, urgent } = planOn(diagnosis, words.texts);
  const texts = new Map(words.texts.practices?.map(({ id, text }) => [id, text]));
  if (practices.length === 0 && !urgent) return null;
  return (
    <div class="today practices">
      {urgent ? (
        <h2 class="urgent"><Icon name="warning" /> {words.say("Act today. This may spread within days.")}</h2>
      ) : <h2>{words.say("What to do today")}</h2>}
      <ul>
        {practices.map(({ id }) => (
          <li key={id} data-practice={id}>
            <svg viewBox="0 0 48 48" width="40" height="40" aria-hidden="true" focusable="false">
              <use href={`/static/practices.svg#${id}`} />
            </svg>
            <span dir="auto">{texts.get(id)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
