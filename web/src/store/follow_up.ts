/** What became of a plant: asked when the app is opened a week after the answer or later, told to a service that has the case. */

import { contradictsSender, cropsShown, isHealthyAlone } from "../decision/diagnosis";
import { corrects } from "./expert";
import type { Case } from "./case";

export const DONE = ["yes", "partly", "no"] as const;
export const STATES = ["better", "same", "worse", "gone"] as const;

/** Both are known before it is sent. */
export interface FollowUp {
  readonly done?: (typeof DONE)[number];
  readonly state?: (typeof STATES)[number];
}

const DAY_MS = 24 * 60 * 60_000;
const ASKED_FROM_MS = 7 * DAY_MS;
/** Later, nobody remembers. */
const ASKED_UNTIL_MS = 35 * DAY_MS;

/** Whether the answer said what to do, and it is long enough ago to have helped. Visits have their own day to look again. */
export function mayFollowUp(one: Case, now = Date.now()): boolean {
  const { diagnosis, createdAt, expert, verdict, visit, whereabouts } = one;
  if (diagnosis === null || visit !== null || whereabouts === "leaving" || now - createdAt < ASKED_FROM_MS) return false;
  const isRefuted = (verdict === "wrong" && one.chosen == null) || corrects(expert, diagnosis.condition?.id ?? null);
  // Where neither the crop nor a set is clear, nothing was advised.
  const isClear = diagnosis.one_of == null ? diagnosis.coarse !== null && !contradictsSender(diagnosis) && cropsShown(diagnosis).length < 2 : !isHealthyAlone(diagnosis.one_of);
  const isAdvised = diagnosis.outcome === "condition" || isClear || one.chosen != null;
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
