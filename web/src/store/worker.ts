/** An extension worker who has signed in with an access token. */

import { contentOf, request } from "../request";

export interface Worker {
  readonly name: string;
  readonly role: string;
  readonly token: string;
  readonly expires_at: string;
}

/** Who a token lets in; `unknown` if nobody, not or not any more; `away` if nobody can be asked. */
export async function findWorker(token: string): Promise<Worker | "unknown" | "away"> {
  try {
    const answer = await request("/v1/access", { headers: { Authorization: `Bearer ${token}` }, cache: "no-store" });
    const content = await contentOf(answer);
    if (answer.ok && content !== null) return { ...(content as unknown as Omit<Worker, "token">), token };
    return content?.["code"] === "token_invalid" ? "unknown" : "away";
  } catch {
    return "away";
  }
}
