/** Where a case is: only here, waiting, or kept by the service as the person allowed. */

import { usePhone } from "../phone";
import type { Case } from "../store/case";
import { sentence } from "../text/sentences";
import { Icon, type IconName } from "./icon";

export function Standing({ one }: { one: Case }) {
  const { words } = usePhone();
  const [icon, sentence] = standingOf(one);
  const isAsked = one.isExpertAsked === true && one.askedAt !== undefined && one.expert == null && one.whereabouts !== "leaving";
  return (
    <p class="standing" data-whereabouts={one.whereabouts} data-asked={isAsked ? one.askedAt : undefined}>
      <Icon name={icon} /> {words.say(sentence)} {isAsked && words.say("An expert was asked: %(when)s.", { when: words.ago(one.askedAt) })}
    </p>
  );
}

function standingOf(one: Case): [IconName, string] {
  switch (one.whereabouts) {
    case "here":
      // The office has the answers of a visit.
      return ["phone", one.visit === null ? sentence("Only on this phone.") : sentence("The photos are only on this phone.")];
    case "waiting":
      return ["waiting", sentence("Will be sent when you are online.")];
    case "sent":
      return ["sent", one.keepsPhotos ? sentence("Your photos are kept, as you allowed.") : sentence("Your photos are not kept.")];
    case "refused":
      return ["warning", sentence("It could not be sent. It stays on this phone.")];
    case "leaving":
      return ["trash", sentence("It is being deleted.")];
  }
}
