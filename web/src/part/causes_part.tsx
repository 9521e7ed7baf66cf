/** What ends every answer that shows conditions: what the model cannot know, and the way to it. */

import type { Diagnosis } from "../decision/diagnosis";
import { usePhone } from "../phone";
import { SOMETHING_ELSE } from "../text/sentences";
import { GuideList } from "./guide_list";

/** To what is no disease but may look like one; `#causes/<id>` opens one of `words.texts.names.causes`. */
export function CausesLink() {
  const { words } = usePhone();
  return <p><a href="#causes" data-do="causes">{words.say("Not a disease")}</a></p>;
}

/** @param opens Whether it is also a way, or only said. */
export function SomethingElse({ answer, opens }: { answer: Diagnosis; opens: boolean }) {
  const { words } = usePhone();
  const troubles = words.otherTroubles(answer);
  const said = (
    <>
      {troubles !== "" && <strong class="blind">{troubles} </strong>}
      {words.say(SOMETHING_ELSE)}
    </>
  );
  if (!opens) return <p data-said="else">{said}</p>;
  return (
    <details data-said="else">
      <summary>{said}</summary>
      <GuideList conditions={answer.other_troubles.map(({ id }) => id).filter((id) => id in words.texts.advice)} />
      <CausesLink />
    </details>
  );
}
