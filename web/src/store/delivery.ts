/**
 * Cases on their way to the service: sent when there is a network, each once, whatever happens in between.
 *
 * Before anything is sent the case stands in the database as `waiting`, and it stays so until the service has answered.
 * Whatever ends the page in between, the same case is sent again with the same key, and the service recognises it.
 */

import type { Diagnosis } from "../decision/diagnosis";
import { contentOf, request } from "../request";
import type { Case, Receipt } from "./case";
import type { Database } from "./database";

const ADDRESS = "/v1/diagnoses";
/** Five photos over a bad network. */
const TIMEOUT_MS = 120_000;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 5 * 60_000;
const LOCK = "majani-delivery";
/** Too many at once: nobody else's case fares better. */
const BUSY = [429, 503];

type Fields = Partial<Case> | ((now: Case) => Partial<Case>);

/** The service itself cannot be reached, or asks everybody to wait. */
class LaterError extends Error {
  override readonly name = "LaterError";

  constructor(readonly afterMs: number) {
    super(`later, after ${afterMs} ms`);
  }
}

type Sent =
  | { readonly kind: "accepted"; readonly receipt: Receipt; readonly diagnosis: Diagnosis }
  | { readonly kind: "refused"; readonly code: string }
  /** This one cannot be sent now; others may. */
  | { readonly kind: "stuck" };

export class Delivery {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pauseMs = FIRST_PAUSE_MS;

  /**
   * @param onChange Told whenever a case has changed.
   */
  constructor(
    private readonly database: Database,
    private readonly onChange: () => void,
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

  private schedule(afterMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.run().catch((error: unknown) => console.warn("not sent", error));
    }, afterMs);
  }

  /** Everything that waits; what cannot be sent now is tried again after a pause that grows. */
  private async run(): Promise<void> {
    // Until the browser says otherwise nothing is on its way, so what is deleted now was never sent.
    if (!navigator.onLine) return;
    try {
      // Two tabs would send the same photos twice, which costs money even though they count once.
      const isDone = await exclusively(() => this.sendAll());
      if (isDone) this.pauseMs = FIRST_PAUSE_MS;
      else this.pause(0);
    } catch (error) {
      this.pause(error instanceof LaterError ? error.afterMs : 0);
      if (!(error instanceof LaterError)) throw error;
    }
  }

  private pause(atLeastMs: number): void {
    // Not all phones of a village at the same moment.
    this.schedule(Math.max(atLeastMs, this.pauseMs * (0.75 + Math.random() / 2)));
    this.pauseMs = Math.min(2 * this.pauseMs, LONGEST_PAUSE_MS);
  }

  /** One after the other, those that came meanwhile included; whether nothing is left. */
  private async sendAll(): Promise<boolean> {
    const stuck = new Set<string>();
    for (;;) {
      const one = (await this.unfinished()).find(({ id }) => !stuck.has(id));
      if (one === undefined) return stuck.size === 0;
      if (!(await this.step(one))) stuck.add(one.id);
    }
  }

  /** What is to be deleted first, then the oldest. */
  private async unfinished(): Promise<Case[]> {
    const cases = (await this.database.getAllFromIndex("cases", "when")).filter(isUnfinished);
    return [...cases.filter(isLeaving), ...cases.filter((one) => !isLeaving(one))];
  }

  /** Bring one case a step on; false if it is stuck. */
  private step(one: Case): Promise<boolean> {
    if (isLeaving(one)) return this.withdraw(one);
    return one.whereabouts === "waiting" ? this.hand(one) : this.judge(one);
  }

  private async hand(one: Case): Promise<boolean> {
    // From here on the service may have it, even if this page never learns that.
    const now = await this.change(one.id, { wasTried: true });
    // Deleted since it was read.
    if (now?.whereabouts !== "waiting") return true;
    const sent = await send(one);
    if (sent.kind === "stuck") return false;
    if (sent.kind === "refused") {
      const refused = { whereabouts: "refused", refusal: sent.code } as const;
      await this.change(one.id, (later) => (isLeaving(later) ? {} : refused));
      return true;
    }
    await this.change(one.id, (later) => ({
      // Deleted meanwhile: now we know where it is, and the next step takes it back.
      whereabouts: isLeaving(later) ? "leaving" : "sent",
      receipt: sent.receipt,
      diagnosis: later.diagnosis ?? sent.diagnosis,
      named: sent.diagnosis.condition?.id ?? null,
    }));
    return true;
  }

  private async withdraw(one: Case): Promise<boolean> {
    if (one.receipt !== null) return this.takeBack(one.id, one.receipt);
    const known = await isKnown(one);
    if (known === null) return false;
    if (!known) return this.forget(one.id);
    // The service has it; only the whole case, sent again, tells where.
    const sent = await send(one);
    if (sent.kind === "stuck") return false;
    if (sent.kind === "refused") return this.forget(one.id);
    await this.change(one.id, { receipt: sent.receipt });
    return true;
  }

  private async takeBack(id: string, receipt: Receipt): Promise<boolean> {
    const answer = await ask(`${ADDRESS}/${receipt.id}`, { method: "DELETE", headers: bearer(receipt) });
    if (answer.status === 204) return this.forget(id);
    const code = (await contentOf(answer))?.["code"];
    return code === "diagnosis_unknown" || code === "diagnosis_deleted" ? this.forget(id) : false;
  }

  private async judge(one: Case): Promise<boolean> {
    const said = one.receipt === null ? null : verdictOn(one);
    if (said !== null && one.receipt !== null) {
      const answer = await ask(`${ADDRESS}/${one.receipt.id}/feedback`, {
        method: "PUT",
        headers: { ...bearer(one.receipt), "Content-Type": "application/json" },
        body: JSON.stringify(said),
      });
      if (!answer.ok && typeof (await contentOf(answer))?.["code"] !== "string") return false;
    }
    // Whatever else it answers, saying it again would not help. A verdict given meanwhile is still to be sent.
    await this.change(one.id, (later) => ({ isVerdictSent: later.verdict === one.verdict }));
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

/**
 * Change a case as it is in the database now, which may be other than it was read; a deleted one stays deleted.
 *
 * @returns The case as it is afterwards, if it is still there.
 */
export async function changeCase(database: Database, id: string, fields: Fields): Promise<Case | undefined> {
  const transaction = database.transaction("cases", "readwrite");
  const now = await transaction.store.get(id);
  const changed = now && { ...now, ...(typeof fields === "function" ? fields(now) : fields) };
  if (changed !== undefined) await transaction.store.put(changed);
  await transaction.done;
  return changed;
}

/** Delete a case here, and wherever else it is or may be. */
export async function deleteCase(database: Database, id: string): Promise<void> {
  const transaction = database.transaction("cases", "readwrite");
  const now = await transaction.store.get(id);
  if (now !== undefined) {
    const isElsewhere = now.receipt !== null || (now.whereabouts === "waiting" && now.wasTried);
    if (isElsewhere) await transaction.store.put({ ...now, whereabouts: "leaving" });
    else await transaction.store.delete(id);
  }
  await transaction.done;
}

function isLeaving({ whereabouts }: Case): boolean {
  return whereabouts === "leaving";
}

function isUnfinished(one: Case): boolean {
  const hasVerdict = one.whereabouts === "sent" && one.verdict !== null && !one.isVerdictSent;
  return one.whereabouts === "waiting" || isLeaving(one) || hasVerdict;
}

/**
 * What a verdict says about the service's own answer, which a newer model may have given; null if it says nothing.
 *
 * A label that belongs to another answer would teach the next model something wrong.
 */
export function verdictOn(one: Case): { verdict: string; condition?: string } | null {
  const shown = one.diagnosis?.condition?.id ?? null;
  if (one.verdict === null) return null;
  if (shown === one.named || one.verdict === "unsure") return { verdict: one.verdict };
  return one.verdict === "right" && shown !== null ? { verdict: "wrong", condition: shown } : null;
}

/** Send a case; always the same bytes under the same key. */
async function send(one: Case): Promise<Sent> {
  const form = new FormData();
  one.photos.forEach(({ blob, isSent }, at) => isSent && form.append("photo", blob, `${at}.jpg`));
  if (one.crop !== null) form.append("crop", one.crop);
  if (one.keepsPhotos) form.append("consent", "photos");
  if (one.place !== null) {
    form.append("consent", "location");
    form.append("latitude", String(one.place.latitude));
    form.append("longitude", String(one.place.longitude));
  }
  const headers = { "Idempotency-Key": one.key, "Accept-Language": one.language };
  const answer = await ask(ADDRESS, { method: "POST", body: form, headers });
  const content = await contentOf(answer);
  const { id, token, keeps_photos: _, ...diagnosis } = content ?? {};
  if (answer.ok && typeof id === "string" && typeof token === "string") {
    return { kind: "accepted", receipt: { id, token }, diagnosis: diagnosis as unknown as Diagnosis };
  }
  // Refused by the service itself, in its own words; a proxy's refusal or a failure may pass.
  const code = content?.["code"];
  const isFinal = answer.status >= 400 && answer.status < 500 && answer.status !== 408 && typeof code === "string";
  return isFinal ? { kind: "refused", code } : { kind: "stuck" };
}

/**
 * Whether the service has something under the case's key; null if it does not say. It is asked without the photos, which
 * somebody wants back.
 */
async function isKnown(one: Case): Promise<boolean | null> {
  const form = new FormData();
  form.append("crop", "");
  const answer = await ask(ADDRESS, { method: "POST", body: form, headers: { "Idempotency-Key": one.key } });
  const code = (await contentOf(answer))?.["code"];
  if (code === "idempotency_key_reused") return true;
  return code === "case_empty" || code === "diagnosis_deleted" ? false : null;
}

function bearer({ token }: Receipt): { Authorization: string } {
  return { Authorization: `Bearer ${token}` };
}

async function ask(address: string, options: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await request(address, { ...options, cache: "no-store" }, TIMEOUT_MS);
  } catch {
    throw new LaterError(FIRST_PAUSE_MS);
  }
  if (BUSY.includes(answer.status)) {
    throw new LaterError(1000 * Number(answer.headers.get("Retry-After")) || FIRST_PAUSE_MS);
  }
  return answer;
}

/** False if another tab is at it. */
async function exclusively(work: () => Promise<boolean>): Promise<boolean> {
  // Old browsers know no locks; there the key alone has to do.
  if (!("locks" in navigator)) return work();
  return navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => (lock === null ? false : work()));
}
