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
}

/** Find the worker of a token: `unknown` if the token is not valid, `away` if the service does not answer. */
export async function findWorker(token: string): Promise<FieldWorker | "unknown" | "away"> {
  try {
    const answer = await request("/v1/access", { headers: { Authorization: `Bearer ${token}` }, cache: "no-store" });
    const content = await contentOf(answer);
    if (answer.ok && content !== null) return { ...(content as unknown as Omit<FieldWorker, "token">), token };
    return content?.["code"] === "token_invalid" ? "unknown" : "away";
  } catch {
    return "away";
  }
}

/** Whether the service has revoked the token of this phone. The operator revokes the token of a lost phone. */
export async function isRevoked(database: Database): Promise<boolean> {
  const tokenHere = async (): Promise<string | undefined> =>
    ((await database.get("settings", "worker")) as FieldWorker | undefined)?.token;
  const token = await tokenHere();
  if (token === undefined || (await findWorker(token)) !== "unknown") return false;
  // Another worker may have signed in meanwhile.
  return (await tokenHere()) === token;
}
