/** Asking an expert, and what experts say: of one case, and as news on every screen. */

import { useEffect } from "preact/hooks";
import type { Diagnosis } from "../decision/diagnosis";
import { usePhone, useStored } from "../phone";
import { type Case, changeCase } from "../store/case";
import { corrects } from "../store/expert";
import { isOpenTo } from "../store/visit";
import { AdviceCard, Confirm, Today } from "./advice_card";
import { Icon } from "./icon";

/** What experts say, with the advice on it where it is not what was answered. */
export function ExpertCard({ one, diagnosis }: { one: Case; diagnosis: Diagnosis }) {
  const { database, delivery, words, changed } = usePhone();
  const word = one.expert ?? null;
  const isNew = word !== null && one.isExpertSeen !== true;
  useEffect(() => delivery.hurry(), [one.id]);
  useEffect(() => {
    if (isNew) void changeCase(database, one.id, { isExpertSeen: true }).then(changed);
  }, [isNew]);
  if (word === null) return null;
  const remark = words.texts.remarks?.[word.remark ?? ""];
  const isCorrected = corrects(word, diagnosis.condition?.id ?? null);
  const advice = isCorrected ? words.texts.advice[word.condition ?? ""] : undefined;
  return (
    <>
      <section class="card expert" data-verdict={word.verdict} data-condition={word.condition}>
        <p class="label">
          <Icon name="person" /> {words.day(word.reviewed_at)}
        </p>
        <h2>{words.expert(word, diagnosis.condition)}</h2>
        {remark !== undefined && (
          <>
            <p class="remark">{remark}</p>
            <p class="reviews">{words.drafted()}</p>
          </>
        )}
        {advice !== undefined && <Today advice={advice} />}
        {advice !== undefined && <Confirm advice={advice} />}
      </section>
      {advice !== undefined && <AdviceCard advice={advice} />}
    </>
  );
}

/** The way to an expert from an answer that does not help; only with the photos. */
export function AskExpert({ one, diagnosis }: { one: Case; diagnosis: Diagnosis }) {
  const { database, delivery, words, stored } = usePhone();
  const isUnsure = diagnosis.outcome === "uncertain" || diagnosis.outcome === "unknown_plant" || one.verdict === "wrong";
  if (one.expert != null || diagnosis.outcome === "retake" || one.whereabouts === "refused") return null;
  if (one.wantsExpert === true) {
    return (
      <p role="status" data-expert="asked">
        <Icon name="person" /> {words.say("You asked an expert. The answer comes here when you are online.")}
      </p>
    );
  }
  if (!isUnsure || (one.whereabouts !== "here" && !one.keepsPhotos)) return null;

  async function ask(): Promise<void> {
    const asking = changeCase(database, one.id, ({ whereabouts }) => ({
      wantsExpert: true,
      ...(whereabouts === "here" ? { keepsPhotos: true, whereabouts: "waiting" } : {}),
    }));
    if (await stored(asking)) delivery.hurry();
  }

  return (
    <>
      <button type="button" data-do="ask-expert" onClick={() => void ask()}>
        <Icon name="person" /> {words.say("Ask an expert")}
      </button>
      {!one.keepsPhotos && <p class="note">{words.say("Your photos are then kept and shown to experts. You can delete them.")}</p>}
    </>
  );
}

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
