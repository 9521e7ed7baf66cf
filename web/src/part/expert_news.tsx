/** What experts say and the person has not read yet, or else a plant to ask about, on every screen; apart from the rest, which the first photo does not need. */

import { usePhone, useStored } from "../phone";
import { isFollowUpDue } from "../store/follow_up";
import { isOpenTo } from "../store/visit";
import { Icon } from "./icon";

/** Leads to what the person has not read yet. */
export function ExpertNews({ except }: { except: string }) {
  const { database, words, worker } = usePhone();
  const found = useStored(async () => {
    const cases = await database.getAllFromIndex("cases", "when");
    const own = cases.filter((one) => isOpenTo(one, worker));
    const news = own.findLast((one) => one.expert != null && one.isExpertSeen !== true && one.whereabouts !== "leaving");
    return { news, due: own.findLast((one) => isFollowUpDue(one)) };
  }, [worker]);
  const one = found?.news ?? found?.due;
  if (one === undefined || one.id === except) return null;
  return found?.news ? (
    <p class="banner" role="status" data-news={one.id}>
      <a href={`#case/${one.id}`}><Icon name="person" /> {words.say("An expert looked at your photos")}</a>
    </p>
  ) : (
    <p class="banner" role="status" data-due={one.id}>
      <a href={`#case/${one.id}`}><Icon name="leaf" /> {words.say("How is the plant now?")} {words.moment(one.createdAt)}</a>
    </p>
  );
}
