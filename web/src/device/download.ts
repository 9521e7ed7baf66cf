/**
 * Large files over bad networks: fetched in parts, each kept at once, so that a broken download goes on where it broke
 * off, also tomorrow and after the phone was off.
 */

import { AwayError, request } from "../request";
import type { Database, StoredPart } from "../store/database";

/** Two or three seconds over 3G; what a lost connection costs at most. */
export const PART_BYTES = 256 * 1024;
const TIMEOUT_MS = 60_000;
/** Others are fetching too; the service says for how long to wait. */
const BUSY = [429, 503];
const TRIES = 10;
const PAUSE_S = 30;

/**
 * The whole file, from what is kept and what is still to be fetched.
 *
 * @param address Names its content: whatever comes from it is the same for ever.
 * @param onProgress Told how many bytes have just arrived.
 * @throws AwayError If the network is away or the service does not have the file.
 */
export async function download(database: Database, address: string, onProgress: (bytes: number) => void = () => {}): Promise<Uint8Array> {
  const parts = await keptParts(database, address);
  let size = parts[0]?.total ?? Number.POSITIVE_INFINITY;
  let have = parts.reduce((sum, part) => sum + part.bytes.byteLength, 0);
  onProgress(have);
  while (have < size) {
    const part = await patiently(() => fetchPart(address, have));
    size = part.total;
    await database.put("parts", part);
    parts.push(part);
    have += part.bytes.byteLength;
    onProgress(part.bytes.byteLength);
  }
  const whole = new Uint8Array(have);
  for (const part of parts) whole.set(new Uint8Array(part.bytes), part.start);
  return whole;
}

/** Forget what was kept of a file. */
export async function discard(database: Database, address: string): Promise<void> {
  await database.delete("parts", rangeOf(address));
}

/** Whether all of a file is here. */
export async function isComplete(database: Database, address: string): Promise<boolean> {
  const parts = await keptParts(database, address);
  const total = parts[0]?.total;
  return total !== undefined && parts.reduce((sum, part) => sum + part.bytes.byteLength, 0) === total;
}

/** Addresses of which something is kept. */
export async function keptAddresses(database: Database): Promise<string[]> {
  return [...new Set((await database.getAllKeys("parts")).map(([address]) => address))];
}

/** Return the stored parts from the start of the file up to the first gap. */
async function keptParts(database: Database, address: string): Promise<StoredPart[]> {
  const sound: StoredPart[] = [];
  let next = 0;
  for (const part of await database.getAll("parts", rangeOf(address))) {
    if (part.start !== next) break;
    sound.push(part);
    next += part.bytes.byteLength;
  }
  return sound;
}

async function patiently(fetching: () => Promise<StoredPart | number>): Promise<StoredPart> {
  for (let tries = 0; tries < TRIES; tries++) {
    const found = await fetching();
    if (typeof found !== "number") return found;
    await new Promise((done) => setTimeout(done, 1000 * found));
  }
  throw new AwayError("the service is busy");
}

/** A part, or the seconds after which to ask again. */
async function fetchPart(address: string, start: number): Promise<StoredPart | number> {
  const headers = { Range: `bytes=${start}-${start + PART_BYTES - 1}` };
  const answer = await request(address, { headers, cache: "no-store" }, TIMEOUT_MS);
  if (BUSY.includes(answer.status)) return Number(answer.headers.get("Retry-After")) || PAUSE_S;
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.headers.get("Content-Range") ?? "");
  if (answer.status !== 206 || range === null || Number(range[1]) !== start) {
    throw new AwayError(`${address}: ${answer.status}`);
  }
  const bytes = await answer.arrayBuffer().catch((error: unknown) => {
    throw new AwayError(`${address}: ${String(error)}`);
  });
  if (bytes.byteLength === 0) throw new AwayError(`${address}: nothing`);
  return { address, start, total: Number(range[2]), bytes };
}

function rangeOf(address: string): IDBKeyRange {
  return IDBKeyRange.bound([address, 0], [address, Number.MAX_SAFE_INTEGER]);
}
