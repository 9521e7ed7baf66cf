/** Asking the service over a network that may hang, lie or not be there. */

import { fromFiles } from "./demo";

/** The service did not answer, or not in time. */
export class AwayError extends Error {
  override readonly name = "AwayError";
}

const TIMEOUT_MS = 30_000;

/**
 * Ask, and give up after a while.
 *
 * @throws AwayError
 */
export async function request(address: string, options: RequestInit = {}, timeoutMs = TIMEOUT_MS): Promise<Response> {
  try {
    const answer = await (IS_DEMO ? fromFiles : fetch)(address, { ...options, signal: AbortSignal.timeout(timeoutMs) });
    // A network that wants a password first sends everybody to its own page.
    if (answer.redirected) throw new Error("sent elsewhere");
    return answer;
  } catch (error) {
    throw new AwayError(`${address}: ${String(error)}`);
  }
}

/**
 * The JSON of an answer; null if it has none, which is never the service's own.
 *
 * @throws AwayError If it broke off.
 */
export async function contentOf(answer: Response): Promise<Record<string, unknown> | null> {
  if (!/\bjson\b/.test(answer.headers.get("Content-Type") ?? "")) return null;
  try {
    return (await answer.json()) as Record<string, unknown>;
  } catch (error) {
    throw new AwayError(String(error));
  }
}
