/** Sends cases to the service, and reads its answers. */

import { conditionOf, type Diagnosis, graded, listed, type OlderDiagnosis } from "../decision/diagnosis";
import { contentOf, request } from "../request";
import { answerOf, type Case, type Receipt } from "./case";
import type { ExpertWord } from "./expert";

const ADDRESS = "/v1/diagnoses";
/** Five photos over a bad network. */
const TIMEOUT_MS = 120_000;
/** Used if the service does not say how long to wait. */
export const FIRST_PAUSE_MS = 2_000;
/** Too many requests at once. Every other case would get the same answer. */
const BUSY = [429, 503];
/** Final, whether the service or a proxy says it: the same bytes stay too large. */
const TOO_LARGE = 413;

/** The service asks everybody to wait. */
export class LaterError extends Error {
  override readonly name = "LaterError";

  constructor(readonly afterMs: number) {
    super(`later, after ${afterMs} ms`);
  }
}

type Sent =
  | { readonly kind: "accepted"; readonly receipt: Receipt; readonly keepsPhotos: boolean; readonly diagnosis: Diagnosis }
  | { readonly kind: "refused"; readonly code: string }
  /** This one cannot be sent now; others may. */
  | { readonly kind: "stuck" };

/** As the service takes it. */
export interface Judgement {
  readonly verdict: string;
  readonly condition?: string;
}

/**
 * What a verdict says about the service's own answer, which a newer model may have given; null if it says nothing.
 *
 * A label that belongs to another answer would teach the next model something wrong.
 */
export function verdictOn(one: Case): Judgement | null {
  if (one.verdict === null) return null;
  const answer = answerOf(one);
  const shown = (answer && conditionOf(answer)?.id) ?? null;
  // What a reply has named was in the list before.
  const chosen = one.chosen ?? (one.verdict === "right" && one.question !== undefined ? shown : null);
  if (chosen) {
    if (chosen === one.named) return { verdict: "right" };
    const isListed = one.named === null && answer !== null && listed(answer).some(({ id }) => id === chosen);
    return { verdict: isListed ? "right" : "wrong", condition: chosen };
  }
  // Where no condition is named, "a plant we don't know" is still another answer than "not clear".
  const isSame = shown === one.named && (one.concluded ?? answer?.outcome) === answer?.outcome;
  if (isSame || one.verdict === "unsure") return { verdict: one.verdict };
  return one.verdict === "right" && shown !== null ? { verdict: "wrong", condition: shown } : null;
}

/**
 * Send a case; always the same bytes under the same key.
 *
 * @param district Whose own bundle is to answer.
 * @throws AwayError If the service does not answer, as in all functions here.
 * @throws LaterError
 */
export async function send(one: Case, district: string | null = null, worker?: { readonly token: string }): Promise<Sent> {
  const form = new FormData();
  one.photos.forEach(({ blob, isSent }, at) => isSent && form.append("photo", blob, `${at}.jpg`));
  if (one.crop !== null) form.append("crop", one.crop);
  if (district !== null) form.append("district", district);
  if (one.keepsPhotos) form.append("consent", "photos");
  if (one.place !== null) {
    form.append("consent", "location");
    form.append("latitude", String(one.place.latitude));
    form.append("longitude", String(one.place.longitude));
  }
  const headers = { "Idempotency-Key": one.key, "Accept-Language": one.language, ...(worker && bearer(worker)) };
  const answer = await ask(ADDRESS, { method: "POST", body: form, headers });
  const content = await contentOf(answer);
  // A case is taken without a token too.
  if (worker && content?.["code"] === "token_invalid") return send(one, district);
  const { id, token, keeps_photos, ...diagnosis } = content ?? {};
  if (answer.ok && typeof id === "string" && typeof token === "string") {
    return { kind: "accepted", receipt: { id, token }, keepsPhotos: keeps_photos === true, diagnosis: graded(diagnosis as unknown as Diagnosis | OlderDiagnosis) };
  }
  const code = refusalOf(answer, content);
  return code === null ? { kind: "stuck" } : { kind: "refused", code };
}

/**
 * The code of a refusal that stays one; null for a failure, which may pass.
 *
 * What a proxy says otherwise may pass too: a network wants a password first, or the service is just being replaced.
 */
export function refusalOf({ status }: Response, content: Record<string, unknown> | null): string | null {
  const code = content?.["code"];
  if (typeof code !== "string") return status === TOO_LARGE ? "request_too_large" : null;
  return status >= 400 && status < 500 && status !== 408 ? code : null;
}

/**
 * Delete a case by its key alone. The service also refuses a case with this key that arrives later.
 * Return false if the service did not confirm it.
 */
export async function withdraw({ key }: Case): Promise<boolean> {
  const answer = await ask(ADDRESS, { method: "DELETE", headers: { "Idempotency-Key": key } });
  return answer.status === 204;
}

/** Delete a case at the service; false if that did not work. */
export async function takeBack(receipt: Receipt): Promise<boolean> {
  const answer = await ask(`${ADDRESS}/${receipt.id}`, { method: "DELETE", headers: bearer(receipt) });
  if (answer.status === 204) return true;
  const code = (await contentOf(answer))?.["code"];
  return code === "diagnosis_unknown" || code === "diagnosis_deleted";
}

/** Send the person's feedback on the answer, the reply to its question or to an expert, or what became of the plant. Return false if the service did not confirm it. */
export async function tell(receipt: Receipt, what: "feedback" | "reply" | "expert/reply" | "follow-up", said: object): Promise<boolean> {
  const answer = await ask(`${ADDRESS}/${receipt.id}/${what}`, {
    method: "PUT",
    headers: { ...bearer(receipt), "Content-Type": "application/json" },
    body: JSON.stringify(said),
  });
  const content = await contentOf(answer);
  // If the service refuses it, a new try would not help: it may have another model and no such question, or be older.
  return (answer.ok && content !== null) || refusalOf(answer, content) !== null;
}

/**
 * What experts say of a case, and whether the service knows that the person asks for one; `isAsking` tells it.
 * Return "refused" if the service will not say, and null if it did not answer.
 */
export async function hearExperts(
  receipt: Receipt,
  isAsking: boolean,
): Promise<{ readonly asked: boolean; readonly word: ExpertWord | null } | "refused" | null> {
  const method = isAsking ? "PUT" : "GET";
  const answer = await ask(`${ADDRESS}/${receipt.id}/expert`, { method, headers: bearer(receipt) });
  const content = await contentOf(answer);
  if (!answer.ok || content === null) return refusalOf(answer, content) === null ? null : "refused";
  const { asked, ...word } = content as unknown as { asked: boolean } & ExpertWord;
  return { asked, word: word.verdict === null ? null : word };
}

export function bearer({ token }: { readonly token: string }): { Authorization: string } {
  return { Authorization: `Bearer ${token}` };
}

/**
 * @throws AwayError
 * @throws LaterError If everybody is to wait.
 */
export async function ask(address: string, options: RequestInit): Promise<Response> {
  const answer = await request(address, { ...options, cache: "no-store" }, TIMEOUT_MS);
  if (BUSY.includes(answer.status)) {
    throw new LaterError(1000 * Number(answer.headers.get("Retry-After")) || FIRST_PAUSE_MS);
  }
  return answer;
}
