/** Everything asked on this phone: what still waits for a network, then all else, newest first. */

import type { ComponentChildren } from "preact";
import { Heading } from "../part/heading";
import { Icon } from "../part/icon";
import { Standing } from "../part/standing";
import { useAddress, usePhone, useStored } from "../phone";
import { answerOf, type Case } from "../store/case";
import { isOpenTo } from "../store/visit";

export function AnswersScreen() {
  const { database, words, worker } = usePhone();
  const all = useStored(() => database.getAllFromIndex("cases", "when"));
  if (all === undefined) return null;
  const cases = waitingFirst(all.filter((one) => isOpenTo(one, worker)));
  const waiting = cases.filter(isWaiting).length;
  return (
    <>
      <Heading>{words.say("Your answers")}</Heading>
      {cases.length === 0 && <p id="none">{words.say("No answers yet.")}</p>}
      {waiting > 0 && (
        <p class="banner" role="status" data-waiting={waiting}>
          <Icon name="waiting" /> {words.ngettext("%(count)d plant waits to be sent.", "%(count)d plants wait to be sent.", waiting)}
        </p>
      )}
      <ul class="cases">{cases.map((one) => <CaseLine key={one.id} one={one} />)}</ul>
      {cases.every(({ visit }) => visit === null) && <p class="note">{words.say("This list is on this phone only.")}</p>}
    </>
  );
}

function isWaiting({ whereabouts }: Case): boolean {
  return whereabouts === "waiting";
}

/** @param cases From the oldest to the newest. */
export function waitingFirst(cases: readonly Case[]): Case[] {
  return [...cases].reverse().sort((one, other) => Number(isWaiting(other)) - Number(isWaiting(one)));
}

/** @param children What else there is to say of it. */
export function CaseLine({ one, children }: { one: Case; children?: ComponentChildren }) {
  const { words } = usePhone();
  const unanswered = one.whereabouts === "refused" ? words.say("No answer") : words.say("No answer yet");
  const { expert } = one;
  const [answer, found] = [answerOf(one), words.titleOf(one)];
  const title = expert == null ? (found?.headline ?? unanswered) : words.expert(expert, answer);
  return (
    <li class={`card case ${expert == null ? (answer?.outcome ?? "") : "expert"}`}>
      {one.photos[0] && <Picture blob={one.photos[0].blob} of={one.id} loading="lazy" />}
      <div>
        {expert != null ? (
          <p class="label badge" data-badge={expert.verdict}><Icon name="person" /> {words.day(expert.reviewed_at)}</p>
        ) : (
          answer !== null && <p class="label">{found && words.lineOf(answer, found)}</p>
        )}
        {one.whereabouts === "leaving" ? <strong>{title}</strong> : <a href={`#case/${one.id}`}>{title}</a>}
        <p class="when">{words.moment(one.createdAt)}</p>
        {/* Where most are, and what the line below the list says of all. */}
        {one.whereabouts !== "here" && <Standing one={one} />}
        {children}
      </div>
    </li>
  );
}

/** @param of Id of its case. */
export function Picture({ blob, of, ...rest }: { blob: Blob; of: string; loading?: "lazy" }) {
  const address = useAddress(blob, of);
  return address === "" ? null : <img src={address} alt="" {...rest} />;
}
