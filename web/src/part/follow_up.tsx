/** "Did you do it? Better, the same, worse?", and the same leaf once more. */

import { useEffect } from "preact/hooks";
import { usePhone, useStored } from "../phone";
import { Picture } from "../screen/answers";
import { goTo } from "../route";
import { type Case, changeCase } from "../store/case";
import { type FollowUp as Said, isComplete, mayFollowUp } from "../store/follow_up";
import { sentence } from "../text/sentences";
import { Choices } from "./choices";

/** What is said of a plant a week later; the office's report says the same. */
const DONE = { yes: sentence("Yes"), partly: sentence("A part of it"), no: sentence("No") };
const STATES = { better: sentence("Better"), same: sentence("The same"), worse: sentence("Worse"), gone: sentence("The plant is gone") };

export function FollowUp({ one }: { one: Case }) {
  const { database, words, stored, tell, shots } = usePhone();
  const isAsked = mayFollowUp(one);
  useEffect(() => {
    if (isAsked && one.isFollowUpSeen !== true) void stored(changeCase(database, one.id, { isFollowUpSeen: true }));
  }, [isAsked]);
  if (!isAsked) return null;

  const say = (said: Said): void => void tell(one.id, ({ followUp }) => ({ followUp: { ...followUp, ...said }, isFollowUpSent: false }));
  const { done, state } = one.followUp ?? {};
  return (
    <section class="card kept" data-follow-up={isComplete(one) ? "said" : "asked"}>
      <h2>{words.say("Did you do what was advised?")}</h2>
      <Choices what="done" of={DONE} taken={done} onTake={(done) => say({ done })} />
      <h2>{words.say("How is the plant now?")}</h2>
      <Choices what="state" of={STATES} taken={state} onTake={(state) => say({ state })} />
      <p role="status">{isComplete(one) ? words.say("Thank you") : ""}</p>
      {(state === "same" || state === "worse") && <p class="caution">{words.say("Show the plant to your extension officer.")}</p>}
      {/* Photos that wait are of another plant. */}
      {state !== "gone" && shots.length === 0 && (
        <button type="button" class="second" data-do="same-leaf" onClick={() => goTo(`again/${one.id}`)}>
          {words.say("Photograph the same leaf again")}
        </button>
      )}
    </section>
  );
}

/** The same leaf as it was before; nothing once that case is deleted. */
export function Before({ id }: { id: string }) {
  const { database, words } = usePhone();
  const first = useStored(() => database.get("cases", id), [id]);
  const photo = first?.photos[0];
  if (first === undefined || photo === undefined) return null;
  return (
    <figure class="before">
      <Picture blob={photo.blob} of={first.id} />
      <figcaption>
        <a href={`#case/${first.id}`}>{words.say("The same leaf before: %(when)s", { when: words.moment(first.createdAt) })}</a>
      </figcaption>
    </figure>
  );
}
