/** What became of a plant: asked when the app is opened a week after the answer or later, told to a service that has the case. */

import { conditionOf, isHealthy, listed } from "../decision/diagnosis";
import { corrects } from "./expert";
import { answerOf, type Case } from "./case";

/** Both are known before it is sent. */
export interface FollowUp {
  readonly done?: "yes" | "partly" | "no";
  readonly state?: "better" | "same" | "worse" | "gone";
}

const DAY_MS = 24 * 60 * 60_000;
const ASKED_FROM_MS = 7 * DAY_MS;
/** Later, nobody remembers. */
const ASKED_UNTIL_MS = 35 * DAY_MS;

/** Whether the answer said what to do, and it is long enough ago to have helped. Visits have their own day to look again. */
export function mayFollowUp(one: Case, now = Date.now()): boolean {
  const { createdAt, expert, verdict, visit, whereabouts } = one;
  const answer = answerOf(one);
  if (answer === null || visit !== null || whereabouts === "leaving" || now - createdAt < ASKED_FROM_MS) return false;
  const isRefuted = (verdict === "wrong" && one.chosen == null) || corrects(expert, conditionOf(answer)?.id ?? null);
  const [first] = listed(answer);
  const isAdvised = (first !== undefined && !isHealthy(first) && answer.why !== "another_crop") || one.chosen != null;
  return expert?.condition != null || (isAdvised && !isRefuted);
}

/** Whether to ask for it on every screen. */
export function isFollowUpDue(one: Case, now = Date.now()): boolean {
  return mayFollowUp(one, now) && !isComplete(one) && one.isFollowUpSeen !== true && now - one.createdAt < ASKED_UNTIL_MS;
}

export function isComplete({ followUp }: Case): boolean {
  return followUp?.done !== undefined && followUp.state !== undefined;
}

/** Has a follow-up that is still to be sent. */
export function hasFollowUp(one: Case): boolean {
  return one.whereabouts === "sent" && isComplete(one) && one.isFollowUpSent !== true;
}
