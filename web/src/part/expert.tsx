/** Asking an expert, what experts say and ask, and what they are answered: of one case. */

import { useEffect } from "preact/hooks";
import { conditionOf, type Diagnosis } from "../decision/diagnosis";
import type { Reply } from "../decision/question";
import { usePhone } from "../phone";
import { goTo } from "../route";
import { type Case, changeCase, MAX_PHOTOS } from "../store/case";
import type { Database } from "../store/database";
import { corrects, type ExpertWord, isQuestion, wantsPhoto } from "../store/expert";
import { AdviceCard, Confirm, Today } from "./advice_card";
import { Choices } from "./choices";
import { DONT_KNOW } from "./crop_choice";
import { CAMERA, takeAlong } from "./go_on";
import { Icon } from "./icon";
import { Office, usePlace } from "./office";
import { REPLIES } from "./question";

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
  const isCorrected = corrects(word, conditionOf(diagnosis)?.id ?? null);
  const advice = isCorrected ? words.texts.advice[word.condition ?? ""] : undefined;
  return (
    <>
      <section class="card expert" data-verdict={word.verdict} data-condition={word.condition}>
        <p class="label"><Icon name="person" /> {words.day(word.reviewed_at)}</p>
        <h2>{words.expert(word, diagnosis)}</h2>
        {remark !== undefined && (
          <>
            <p class="remark">{remark}</p>
            <p class="reviews">{words.drafted()}</p>
          </>
        )}
        <AnswerBack one={one} word={word} />
        {(word.verdict === "disagreement" || word.remark === "officer") && <Office about={words.about(one)} />}
        {advice !== undefined && <Today advice={advice} />}
        {advice !== undefined && <Confirm advice={advice} />}
      </section>
      {advice !== undefined && <AdviceCard advice={advice} />}
    </>
  );
}

/** What the person can answer an expert: yes or no to a question, or another photo. */
function AnswerBack({ one, word }: { one: Case; word: ExpertWord }) {
  const phone = usePhone();
  const { words, tell } = phone;
  const { remark } = word;
  const reply = (said: Reply): void => void tell(one.id, { exchange: { question: remark ?? "", reply: said }, isExchangeSent: false });
  function take(): void {
    // With a good photo of the same plant an expert sees both; a bad one helps nobody.
    const before = word.verdict === "bad_photo" ? [] : one.photos.filter(({ isSent }) => isSent).slice(0, MAX_PHOTOS - 1);
    void takeAlong(phone, one.crop ?? DONT_KNOW, before).then(() => goTo(CAMERA));
  }
  return (
    <>
      {isQuestion(remark) && (
        <Choices what="exchange" of={REPLIES} taken={one.exchange?.question === remark ? one.exchange.reply : null} onTake={reply} />
      )}
      {wantsPhoto(word) && phone.shots.length === 0 && (
        <button type="button" data-do="send-photo" onClick={take}><Icon name="camera" /> {words.say("Take a photo")}</button>
      )}
    </>
  );
}

/** Whether an expert can be asked: of what shows no leaf nobody can say anything. */
export function mayAskExpert({ expert, whereabouts }: Case, { outcome }: Diagnosis): boolean {
  return !IS_DEMO && expert == null && whereabouts !== "refused" && outcome !== "retake" && outcome !== "not_a_plant";
}

export function AskExpert({ one }: { one: Case }) {
  const { database, delivery, words, stored } = usePhone();
  const { answer_days } = usePlace();
  const usual = answer_days === null ? "" : words.say("An answer usually takes %(time)s.", { time: words.duration(answer_days) });
  if (one.wantsExpert === true || one.isExpertAsked === true) {
    const { exchange } = one;
    return (
      <p role="status" data-expert="asked">
        <Icon name="person" /> {words.say("You asked an expert. The answer comes here when you are online.")} {usual}{" "}
        {exchange !== undefined && words.say("Your reply: %(reply)s", { reply: words.say(REPLIES[exchange.reply]) })}
      </p>
    );
  }

  async function ask(): Promise<void> {
    const asked = { wantsExpert: true, askedAt: Date.now() };
    const asking = one.whereabouts === "sent" && !one.keepsPhotos ? sendAnew(database, one, asked) : share(database, one.id, asked);
    if (await stored(asking)) delivery.hurry();
  }

  return (
    <>
      <button type="button" class="second" data-do="ask-expert" onClick={() => void ask()}>
        <Icon name="person" /> {words.say("Ask an expert")}
      </button>
      <p class="note">{!one.keepsPhotos && words.say("Your photos are then kept and shown to experts. You can delete them.")} {usual}</p>
    </>
  );
}

function share(database: Database, id: string, asked: Partial<Case>): Promise<unknown> {
  return changeCase(database, id, ({ whereabouts, wasTried }) => ({
    ...asked,
    // What is on its way without consent may have arrived.
    ...(whereabouts === "here" || (whereabouts === "waiting" && !wasTried) ? { keepsPhotos: true, whereabouts: "waiting" } : {}),
  }));
}

/** The service has answered it and not kept its photos: they go there as another case, and the first one is deleted. */
async function sendAnew(database: Database, one: Case, asked: Partial<Case>): Promise<void> {
  const former: Case = { ...one, id: crypto.randomUUID(), photos: [], visit: null, whereabouts: "leaving" };
  await database.put("cases", former);
  const key = crypto.randomUUID();
  const anew = { key, keepsPhotos: true, whereabouts: "waiting", wasTried: false, receipt: null, isVerdictSent: false } as const;
  await changeCase(database, one.id, { ...asked, ...anew, isReplySent: false, isFollowUpSent: false });
}
