/** Where a case is: only here, waiting, or kept by the service as the person allowed. */

import { usePhone } from "../phone";
import type { Case } from "../store/case";
import { sentence } from "../text/sentences";
import { Icon, type IconName } from "./icon";

export function Standing({ one }: { one: Case }) {
  const { words } = usePhone();
  const [icon, sentence] = STANDINGS[one.whereabouts](one);
  const isAsked = one.isExpertAsked === true && one.askedAt !== undefined && one.expert == null && one.whereabouts !== "leaving";
  return (
    <p class="standing" data-whereabouts={one.whereabouts} data-asked={isAsked ? one.askedAt : undefined}>
      <Icon name={icon} /> {words.say(sentence)} {isAsked && words.say("An expert was asked: %(when)s.", { when: words.ago(one.askedAt) })}
    </p>
  );
}

const STANDINGS: Readonly<Record<Case["whereabouts"], (one: Case) => readonly [IconName, string]>> = {
  // The office has the answers of a visit.
  here: ({ visit }) => ["phone", visit === null ? sentence("Only on this phone.") : sentence("The photos are only on this phone.")],
  waiting: () => ["waiting", sentence("Will be sent when you are online.")],
  sent: ({ keepsPhotos }) => ["sent", keepsPhotos ? sentence("Your photos are kept, as you allowed.") : sentence("Your photos are not kept.")],
  refused: () => ["warning", sentence("It could not be sent. It stays on this phone.")],
  leaving: () => ["trash", sentence("It is being deleted.")],
};
