/**
 * Sends cases to the service when there is a network. Each case counts once, even if the page ends in between.
 *
 * A case is `waiting` in the database before it is sent, and stays so until the service has answered. After an
 * interruption, the app sends the same case again with the same key, and the service recognises it.
 */

import { conditionOf } from "../decision/diagnosis";
import { AwayError } from "../request";
import { type Case, changeCase, type Fields } from "./case";
import type { Database } from "./database";
import { districtOf } from "./district";
import { heard, isAsking, isExpertDue } from "./expert";
import { hasFollowUp } from "./follow_up";
import { signedIn } from "./worker";
import { FIRST_PAUSE_MS, hearExperts, LaterError, send, takeBack, tell, verdictOn, withdraw } from "./sending";

const LONGEST_PAUSE_MS = 5 * 60_000;
/** No case waits longer for its place, even if the clock was set meanwhile. */
export const PLACE_PATIENCE_MS = 8_000;
/** Held by the tab that sends. */
export const DELIVERY_LOCK = "majani-delivery";

export class Delivery {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pauseMs = FIRST_PAUSE_MS;
  /** Cases that got no answer last time. They come last, so that they never block other cases. */
  private readonly unanswered = new Set<string>();

  /**
   * @param onChange Told whenever a case has changed.
   * @param exchangeVisits Sends visits and fetches others; false if some are left.
   */
  constructor(
    private readonly database: Database,
    private readonly onChange: () => void,
    private readonly exchangeVisits = async (): Promise<boolean> => true,
  ) {}

  /** Send whenever there may be a network again; phones tell in different ways. */
  start(): void {
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.hurry();
    });
    this.hurry();
  }

  /** Try at once, and begin anew with short pauses. */
  hurry(): void {
    this.pauseMs = FIRST_PAUSE_MS;
    this.schedule(0);
  }

  /** Try in a moment, when more may have been written. */
  soon(): void {
    this.schedule(FIRST_PAUSE_MS);
  }

  private schedule(afterMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.run().catch((error: unknown) => console.warn("not sent", error));
    }, afterMs);
  }

  /** Send all waiting cases. Try the failed ones again after a growing pause. */
  private async run(): Promise<void> {
    // Send nothing without a network. A case that is deleted now was then never sent.
    if (!navigator.onLine) return;
    try {
      // Two tabs would send the same photos twice, which costs money even though they count once.
      const isDone = await exclusively(() => this.exchange());
      if (!isDone) return this.pause(0);
      this.pauseMs = FIRST_PAUSE_MS;
      const leftMs = await this.placesAwaitedMs();
      if (leftMs !== null) this.schedule(leftMs);
    } catch (error) {
      this.pause(error instanceof LaterError ? error.afterMs : 0);
      if (!(error instanceof LaterError || error instanceof AwayError)) throw error;
    }
  }

  private pause(atLeastMs: number): void {
    // Not all phones of a village at the same moment.
    this.schedule(Math.max(atLeastMs, this.pauseMs * (0.75 + Math.random() / 2)));
    this.pauseMs = Math.min(2 * this.pauseMs, LONGEST_PAUSE_MS);
  }

  /** Visits are small, so they go first; and again, because they name the cases that the service has by then. */
  private async exchange(): Promise<boolean> {
    const visits = (): Promise<boolean> =>
      this.exchangeVisits().catch((error: unknown) => {
        if (error instanceof LaterError) throw error;
        console.warn("visits are not sent", error);
        return false;
      });
    await visits();
    const areSent = await this.sendAll();
    return (await visits()) && areSent;
  }

  /** Send one case after the other, also new ones. Return whether none is left. */
  private async sendAll(): Promise<boolean> {
    const stuck = new Set<string>();
    let isAnswered = true;
    for (;;) {
      const one = (await this.unfinished()).find(({ id }) => !stuck.has(id));
      if (one === undefined) return stuck.size === 0;
      try {
        if (!(await this.step(one))) stuck.add(one.id);
        this.unanswered.delete(one.id);
      } catch (error) {
        if (error instanceof LaterError) throw error;
        stuck.add(one.id);
        if (!(error instanceof AwayError)) {
          // This phone cannot read or write it, perhaps because it is full. That says nothing of the network.
          console.warn("a case is stuck", error);
          continue;
        }
        this.unanswered.add(one.id);
        // A single case may be too large for this network, or unreadable here. If two fail, it is the network.
        if (!isAnswered || !navigator.onLine) throw error;
        isAnswered = false;
      }
    }
  }

  /** Cases to delete come first, then the oldest. */
  private async unfinished(): Promise<Case[]> {
    const all = await this.database.getAllFromIndex("cases", "when");
    const cases = all.filter((one) => isUnfinished(one) && !isPlaceAwaited(one));
    const turn = (one: Case): number =>
      this.unanswered.has(one.id) ? 3 : isLeaving(one) ? 0 : one.whereabouts === "waiting" || isJudged(one) || hasReply(one) ? 1 : 2;
    return cases.sort((one, other) => turn(one) - turn(other));
  }

  /** After all others were sent: time until no case waits for its place any more; null if none waits. */
  private async placesAwaitedMs(): Promise<number | null> {
    const all = await this.database.getAllFromIndex("cases", "when");
    // Also one whose time is over by now.
    const awaited = all.filter(({ whereabouts }) => whereabouts === "waiting");
    return awaited.length === 0 ? null : Math.max(0, ...awaited.map(({ placeUntil }) => (placeUntil ?? 0) - Date.now()));
  }

  /** Take one step with a case. Return false if it is stuck. */
  private step(one: Case): Promise<boolean> {
    if (isLeaving(one)) return this.withdraw(one);
    if (one.whereabouts === "waiting") return this.hand(one);
    if (hasReply(one)) return this.reply(one);
    if (hasExchange(one)) return this.answerExpert(one);
    if (hasFollowUp(one)) return this.followUp(one);
    return isJudged(one) ? this.judge(one) : this.consult(one);
  }

  private async hand(one: Case): Promise<boolean> {
    // The service may have the case from now on, even if this page never learns that.
    const now = await this.change(one.id, { wasTried: true });
    // The case was deleted after it was read.
    if (now?.whereabouts !== "waiting") return true;
    // Always send this version: a later change would make another case with the same key.
    const { district = await districtOf(this.database) } = now;
    const worker = await signedIn(this.database);
    const isTheirs = (worker?.district ?? district) === district || (district === null && now.owner === worker?.worker);
    const sent = await send(now, district, isTheirs ? worker : undefined);
    if (sent.kind === "stuck") return false;
    if (sent.kind === "refused") {
      const refused = { whereabouts: "refused", refusal: sent.code } as const;
      await this.change(one.id, (later) => (isLeaving(later) ? {} : refused));
      return true;
    }
    await this.change(one.id, (later) => ({
      // The case was deleted meanwhile. The service has it now, and the next step withdraws it.
      whereabouts: isLeaving(later) ? "leaving" : "sent",
      receipt: sent.receipt,
      // A photo without a leaf is not kept, whatever the person allows.
      keepsPhotos: sent.keepsPhotos,
      wantsExpert: sent.keepsPhotos && later.wantsExpert === true,
      diagnosis: later.diagnosis ?? sent.diagnosis,
      named: conditionOf(sent.diagnosis)?.id ?? null,
      concluded: sent.diagnosis.outcome,
      expertAt: Date.now(),
    }));
    // What was said of the leaf before is sent again, with this case.
    if (now.follows !== undefined) await this.change(now.follows, { isFollowUpSent: false });
    return true;
  }

  private async withdraw(one: Case): Promise<boolean> {
    const isGone = one.receipt === null ? await withdraw(one) : await takeBack(one.receipt);
    return isGone ? this.forget(one.id) : false;
  }

  private async judge(one: Case): Promise<boolean> {
    const said = one.receipt === null ? null : verdictOn(one);
    if (said !== null && one.receipt !== null && !(await tell(one.receipt, "feedback", said))) return false;
    // A verdict given meanwhile is still to be sent.
    await this.change(one.id, (later) => ({ isVerdictSent: later.key === one.key && later.verdict === one.verdict && later.chosen === one.chosen }));
    return true;
  }

  private async reply(one: Case): Promise<boolean> {
    const { receipt, question } = one;
    if (receipt !== null && question !== undefined) {
      const { condition, against, reply } = question;
      if (!(await tell(receipt, "reply", { condition, against, reply }))) return false;
    }
    await this.change(one.id, (later) => ({ isReplySent: later.key === one.key && later.question?.reply === question?.reply }));
    return true;
  }

  private async answerExpert({ id, receipt, exchange }: Case): Promise<boolean> {
    if (receipt !== null && !(await tell(receipt, "expert/reply", exchange ?? {}))) return false;
    await this.change(id, (later) => ({ isExchangeSent: later.exchange?.reply === exchange?.reply, expertAt: 0 }));
    return true;
  }

  private async followUp({ id, key, receipt, followUp }: Case): Promise<boolean> {
    const cases = await this.database.getAllFromIndex("cases", "when");
    const later = cases.findLast(({ follows, receipt }) => follows === id && receipt !== null)?.receipt?.id ?? null;
    if (receipt !== null && !(await tell(receipt, "follow-up", { ...followUp, later }))) return false;
    await this.change(id, (now) => ({ isFollowUpSent: now.key === key && now.followUp?.done === followUp?.done && now.followUp?.state === followUp?.state }));
    return true;
  }

  private async consult(one: Case): Promise<boolean> {
    if (one.receipt === null) return true;
    const asks = isAsking(one);
    const found = await hearExperts(one.receipt, asks);
    if (found === null) return false;
    await this.change(one.id, (later) =>
      found === "refused" ? { expertAt: Date.now(), wantsExpert: false } : heard(later, asks || found.asked, found.word),
    );
    return true;
  }

  private async change(id: string, fields: Fields): Promise<Case | undefined> {
    const changed = await changeCase(this.database, id, fields);
    this.onChange();
    return changed;
  }

  private async forget(id: string): Promise<true> {
    await this.database.delete("cases", id);
    this.onChange();
    return true;
  }
}

function isLeaving({ whereabouts }: Case): boolean {
  return whereabouts === "leaving";
}

function isPlaceAwaited({ whereabouts, wasTried, placeUntil }: Case): boolean {
  const leftMs = (placeUntil ?? 0) - Date.now();
  return whereabouts === "waiting" && !wasTried && leftMs > 0 && leftMs <= PLACE_PATIENCE_MS;
}

function isUnfinished(one: Case): boolean {
  return one.whereabouts === "waiting" || isLeaving(one) || isJudged(one) || hasReply(one) || hasExchange(one) || hasFollowUp(one) || isExpertDue(one);
}

/** Has a reply that is still to be sent. */
function hasReply({ whereabouts, question, isReplySent }: Case): boolean {
  return whereabouts === "sent" && question !== undefined && isReplySent !== true;
}

/** Has an answer to an expert that is still to be sent. */
function hasExchange({ whereabouts, exchange, isExchangeSent }: Case): boolean {
  return whereabouts === "sent" && exchange !== undefined && isExchangeSent !== true;
}

/** Has a verdict that is still to be sent. */
function isJudged(one: Case): boolean {
  return one.whereabouts === "sent" && one.verdict !== null && !one.isVerdictSent;
}

/** Return false if another tab is sending. */
async function exclusively(work: () => Promise<boolean>): Promise<boolean> {
  return navigator.locks.request(DELIVERY_LOCK, { ifAvailable: true }, async (lock) => (lock === null ? false : work()));
}
