/** An extension worker who has signed in with an access token. */

import { contentOf, request } from "../request";
import type { Database } from "./database";

export interface FieldWorker {
  readonly name: string;
  readonly role: string;
  readonly token: string;
  readonly expires_at: string;
  /** Stays when a token is replaced; absent until this app has asked the service. */
  readonly worker?: string;
  /** That the token is bound to. */
  readonly district?: string | null;
}

/** Why a token does not sign in. */
export type Ended = "unknown" | "expired" | "revoked";

/** Who works with this phone, and on which visit. */
export interface Work {
  readonly worker: FieldWorker | null;
  /** Why the last worker was signed out, if the service did it. */
  readonly ended: Ended | null;
  /** Id of the visit that new cases belong to. */
  readonly visit: string | null;
}

/** So early a worker hears that the token will expire: enough to reach a village. */
const SOON_MS = 14 * 24 * 60 * 60_000;

export function endsSoon(worker: FieldWorker): boolean {
  return Date.parse(worker.expires_at) < Date.now() + SOON_MS;
}

export async function signedIn(database: Database): Promise<FieldWorker | undefined> {
  return (await database.get("settings", "worker")) as FieldWorker | undefined;
}

export async function readWork(database: Database): Promise<Work> {
  const worker = (await signedIn(database)) ?? null;
  const ended = ((await database.get("settings", "ended")) as Ended | undefined) ?? null;
  const visit = ((await database.get("settings", "visit")) as string | undefined) ?? null;
  return { worker, ended, visit };
}

/** Find the worker of a token, or why there is none; `away` if the service does not answer. */
export async function findWorker(token: string): Promise<FieldWorker | Ended | "away"> {
  // No token has other letters, and browsers do not even send most of them.
  if (/[^!-~]/.test(token)) return "unknown";
  try {
    const answer = await request("/v1/access", { headers: { Authorization: `Bearer ${token}` }, cache: "no-store" });
    const content = await contentOf(answer);
    if (answer.ok && content !== null) return { ...(content as unknown as Omit<FieldWorker, "token">), token };
    if (content?.["code"] !== "token_invalid") return "away";
    return (content["errors"] as { token?: Ended[] } | undefined)?.token?.[0] ?? "unknown";
  } catch {
    return "away";
  }
}

/** Why the token of this phone is good no more; null while it is. The operator revokes the token of a lost phone. */
export async function whyEnded(database: Database): Promise<Ended | null> {
  const token = (await signedIn(database))?.token;
  const found = token === undefined ? "away" : await findWorker(token);
  // Another worker may have signed in meanwhile.
  return typeof found !== "string" || found === "away" || (await signedIn(database))?.token !== token ? null : found;
}
