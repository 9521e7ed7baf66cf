/** What experts say and the person has not read yet, on every screen; apart from the rest, which the first photo does not need. */

import { usePhone, useStored } from "../phone";
import { isOpenTo } from "../store/visit";
import { Icon } from "./icon";

/** Leads to what the person has not read yet. */
export function ExpertNews({ except }: { except: string }) {
  const { database, words, worker } = usePhone();
  const news = useStored(async () => {
    const cases = await database.getAllFromIndex("cases", "when");
    const own = cases.filter((one) => isOpenTo(one, worker));
    return own.filter((one) => one.expert != null && one.isExpertSeen !== true && one.whereabouts !== "leaving").at(-1);
  }, [worker]);
  if (news === undefined || news.id === except) return null;
  return (
    <p class="banner" role="status" data-news={news.id}>
      <a href={`#case/${news.id}`}>
        <Icon name="person" /> {words.say("An expert looked at your photos")}
      </a>
    </p>
  );
}
