/**
 * Cases on their way to the service: sent when there is a network, each once, whatever happens in between.
 *
 * Before anything is sent the case stands in the database as `waiting`, and it stays so until the service has answered.
 * Whatever ends the page in between, the same case is sent again with the same key, and the service recognises it.
 */

import type { Diagnosis } from "../decision/diagnosis";
import type { Case, Receipt } from "./case";
import type { Database } from "./database";

const ADDRESS = "/v1/diagnoses";
/** Five photos over a bad network. */
const TIMEOUT_MS = 120_000;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 5 * 60_000;
const LOCK = "majani-delivery";

/** Answers after which the same request may succeed later. */
const LATER = new Set([401, 403, 408, 425, 429]);

type Fields = Partial<Case> | ((now: Case) => Partial<Case>);

type Sent =
  | { readonly kind: "accepted"; readonly receipt: Receipt | null; readonly diagnosis: Diagnosis }
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "later"; readonly afterMs: number };

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

  /** Everything that waits, once; what cannot be sent now stays. */
  async run(): Promise<void> {
    // Two tabs would send the same photos twice, which costs money even though they count once.
    await exclusively(async () => {
      for (const waiting of await this.unfinished()) {
        const afterMs = await this.step(waiting);
        if (afterMs === null) continue;
        this.schedule(Math.max(afterMs, this.pauseMs * (0.75 + Math.random() / 2)));
        this.pauseMs = Math.min(2 * this.pauseMs, LONGEST_PAUSE_MS);
        return;
      }
      this.pauseMs = FIRST_PAUSE_MS;
    });
  }

  private schedule(afterMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.run().catch((error: unknown) => console.warn("not sent", error));
    }, afterMs);
  }

  private async unfinished(): Promise<Case[]> {
    const cases = await this.database.getAllFromIndex("cases", "when");
    return cases.filter(isUnfinished);
  }

  /** Bring one case a step on; milliseconds to wait if the network or the service is away. */
  private async step(one: Case): Promise<number | null> {
    if (one.whereabouts === "leaving") return this.withdraw(one);
    if (one.whereabouts === "waiting") return this.hand(one);
    return this.judge(one);
  }

  private async hand(one: Case): Promise<number | null> {
    // From here on the service may have it, even if this page never learns that.
    const now = await this.change(one.id, { wasTried: true });
    // Deleted since it was read.
    if (now?.whereabouts !== "waiting") return null;
    const sent = await send(one);
    if (sent.kind === "later") return sent.afterMs;
    if (sent.kind === "refused") {
      await this.change(one.id, (now) => (now.whereabouts === "waiting" ? { whereabouts: "refused", refusal: sent.code } : {}));
      return this.follow(one.id);
    }
    await this.change(one.id, (now) => ({
      // Deleted meanwhile: now we know where to, and the next round takes it back.
      whereabouts: now.whereabouts === "leaving" ? "leaving" : sent.receipt === null ? "here" : "sent",
      receipt: sent.receipt,
      diagnosis: now.diagnosis ?? sent.diagnosis,
    }));
    return this.follow(one.id);
  }

  private async withdraw(one: Case): Promise<number | null> {
    if (one.receipt === null) {
      // Whether it arrived is unknown; only sending it again tells, and gives the token to delete it with.
      const sent = await send(one);
      if (sent.kind === "later") return sent.afterMs;
      if (sent.kind === "refused" || sent.receipt === null) return this.forget(one.id);
      await this.change(one.id, { receipt: sent.receipt });
      return this.follow(one.id);
    }
    const answer = await ask(`${ADDRESS}/${one.receipt.id}`, {
      method: "DELETE",
      headers: { Authorization: `Bearer ${one.receipt.token}` },
    });
    // 404 and 410: it is gone already.
    if (answer === null || (!answer.ok && ![404, 410].includes(answer.status))) return pauseOf(answer);
    return this.forget(one.id);
  }

  private async judge(one: Case): Promise<number | null> {
    if (one.receipt === null || one.verdict === null) return null;
    const answer = await ask(`${ADDRESS}/${one.receipt.id}/feedback`, {
      method: "PUT",
      headers: { Authorization: `Bearer ${one.receipt.token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ verdict: one.verdict }),
    });
    if (answer === null || answer.status >= 500 || LATER.has(answer.status)) return pauseOf(answer);
    // Whatever else it says, saying it again would not help. A verdict given meanwhile is still to be sent.
    await this.change(one.id, (now) => ({ isVerdictSent: now.verdict === one.verdict }));
    return null;
  }

  private async follow(id: string): Promise<number | null> {
    const now = await this.database.get("cases", id);
    return now !== undefined && isUnfinished(now) ? this.step(now) : null;
  }

  private async change(id: string, fields: Fields): Promise<Case | undefined> {
    const changed = await changeCase(this.database, id, fields);
    this.onChange();
    return changed;
  }

  private async forget(id: string): Promise<null> {
    await this.database.delete("cases", id);
    this.onChange();
    return null;
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

function isUnfinished(one: Case): boolean {
  const hasVerdict = one.whereabouts === "sent" && one.verdict !== null && !one.isVerdictSent;
  return one.whereabouts === "waiting" || one.whereabouts === "leaving" || hasVerdict;
}

/** Send a case; always the same bytes under the same key. */
async function send(one: Case): Promise<Sent> {
  const form = new FormData();
  one.photos.forEach(({ blob }, at) => form.append("photo", blob, `${at}.jpg`));
  if (one.crop !== null) form.append("crop", one.crop);
  if (one.keepsPhotos) form.append("consent", "photos");
  if (one.place !== null) {
    form.append("consent", "location");
    form.append("latitude", String(one.place.latitude));
    form.append("longitude", String(one.place.longitude));
  }
  const headers = { "Idempotency-Key": one.key, "Accept-Language": one.language };
  const answer = await ask(ADDRESS, { method: "POST", body: form, headers });
  if (answer === null || answer.status >= 500 || LATER.has(answer.status)) {
    return { kind: "later", afterMs: pauseOf(answer) };
  }
  const content = (await answer.json().catch(() => null)) as Record<string, unknown> | null;
  // Cut off on its way, or somebody else's answer: a sign-in page of the network, for instance.
  if (content === null) return { kind: "later", afterMs: FIRST_PAUSE_MS };
  if (!answer.ok) {
    const { code } = content;
    return typeof code === "string" ? { kind: "refused", code } : { kind: "later", afterMs: FIRST_PAUSE_MS };
  }
  const { id, token, keeps_photos: _, ...diagnosis } = content;
  const receipt = typeof id === "string" && typeof token === "string" ? { id, token } : null;
  return { kind: "accepted", receipt, diagnosis: diagnosis as unknown as Diagnosis };
}

/** Null if there is no network. */
async function ask(address: string, request: RequestInit): Promise<Response | null> {
  try {
    return await fetch(address, { ...request, cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    return null;
  }
}

function pauseOf(answer: Response | null): number {
  return 1000 * Number(answer?.headers.get("Retry-After") ?? 0) || FIRST_PAUSE_MS;
}

async function exclusively(work: () => Promise<void>): Promise<void> {
  // Old browsers know no locks; there the key alone has to do.
  if (!("locks" in navigator)) return work();
  await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => (lock === null ? undefined : work()));
}
