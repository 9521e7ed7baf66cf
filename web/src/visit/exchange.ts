/**
 * Sends a worker's visits to the service, and fetches what their other phones have sent.
 *
 * A visit is sent in full before it counts as sent: what the service has is kept beside it as JSON, so whatever differs
 * is still to be sent, also after the page was killed. The service takes the later of two writings of an entry.
 */

import { contentOf } from "../request";
import { type Case, changeCase } from "../store/case";
import type { Database } from "../store/database";
import { ask, bearer, refusalOf } from "../store/sending";
import type { Entry, Visit } from "../store/visit";
import { type FieldWorker, findWorker, signedIn } from "../store/worker";
import { after, changeVisit, entryOf, isoOf, noted, plantsOf, visitsOf } from "./plants";

const ADDRESS = "/v1/visits";
/** Entries with long notes in a small request. */
const AT_ONCE = 20;
/** More than one entry after the other of the largest visit. */
const MAX_ROUNDS = 300;
const PULL_PAUSE_MS = 60_000;
/** A clock before this was never set. */
const EARLIEST_MS = Date.UTC(2020, 0, 1);
const DAY_MS = 24 * 60 * 60_000;
/** What the service has refused it will refuse again, until it changes, somebody signs in, or the app starts anew. */
const refused = new Set<string>();
let pulledAt = 0;
let token = "";

/** The visit itself, as the service has it. */
interface Head {
  readonly started_at: string;
  readonly changed_at: string;
  readonly title: string;
  readonly farmer: string;
  readonly look_again_on: string | null;
}

interface Known extends Head {
  readonly id: string;
  readonly deleted: boolean;
  readonly entries: readonly Entry[];
}

/**
 * Return false if something is still to be sent.
 *
 * @throws AwayError
 * @throws LaterError
 */
export async function exchange(database: Database, onChange: () => void): Promise<boolean> {
  const worker = await signedIn(database);
  // There was no contact yet since the worker signed in with an older app.
  if (worker?.worker === undefined) return true;
  if (worker.token !== token) {
    refused.clear();
    pulledAt = 0;
    token = worker.token;
  }
  const cases = await database.getAllFromIndex("cases", "when");
  let isDone = true;
  for (const visit of await visitsOf(database, worker.worker)) {
    if (!isSent(cases, visit)) isDone = (await push(database, worker, visit.id, onChange)) && isDone;
  }
  return (await pull(database, worker, onChange)) && isDone;
}

/** Ask for the id of a worker who signed in with an older app; null if it is known, or cannot be now. */
export async function knownWorker(database: Database): Promise<FieldWorker | null> {
  const worker = await signedIn(database);
  if (worker === undefined || worker.worker !== undefined) return null;
  const found = await findWorker(worker.token);
  // Another worker may have signed in meanwhile.
  if (typeof found === "string" || found.worker === undefined || (await signedIn(database))?.token !== worker.token) return null;
  await database.put("settings", found, "worker");
  return found;
}

async function push(database: Database, worker: FieldWorker, id: string, onChange: () => void): Promise<boolean> {
  await mend(database, id);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const cases = await database.getAllFromIndex("cases", "when");
    const visit = await database.get("visits", id);
    if (visit?.isLeaving === true) return takeBack(database, worker, id, onChange);
    if (visit === undefined || refused.has(id) || isSent(cases, visit)) return true;
    const now = await changeVisit(database, id, () => ({ isTried: true }));
    // It was deleted after it was read.
    if (now === undefined || now.isLeaving === true) continue;
    const head = headOf(visit);
    let entries = unsent(cases, visit).slice(0, AT_ONCE);
    let went = await put(worker, id, head, entries);
    if (typeof went === "string" && entries.length > 1) {
      // One of them may be the reason.
      entries = entries.slice(0, 1);
      went = await put(worker, id, head, entries);
    }
    if (went === null) return false;
    if (typeof went === "string") await refuse(database, visit, entries[0], went);
    else await settle(database, id, went, { ...jsonOf(entries), "": JSON.stringify(head) });
    onChange();
  }
  return false;
}

/** Whether the service has all of it, or will not have it. */
export function isSent(cases: readonly Case[], visit: Visit): boolean {
  const head = JSON.stringify(headOf(visit));
  const isHeadSent = visit.sent?.[""] === head || refused.has(head);
  return visit.isLeaving !== true && isHeadSent && unsent(cases, visit).length === 0;
}

/** A clock that was set right since has left times behind that the service refuses. */
async function mend(database: Database, id: string): Promise<void> {
  const now = Date.now();
  const isWrong = (when = now): boolean => when < EARLIEST_MS || when > now + DAY_MS;
  if (now < EARLIEST_MS) return;
  for (const one of await database.getAllFromIndex("cases", "when")) {
    if (one.visit !== id || !(isWrong(one.createdAt) || isWrong(one.notedAt))) continue;
    await changeCase(database, one.id, () => ({ createdAt: now, notedAt: now }));
  }
  await changeVisit(database, id, (visit) =>
    isWrong(visit.startedAt) || isWrong(visit.changedAt) ? { startedAt: now, changedAt: now } : {},
  );
}

/** Entries that the service does not have as they are, and the deletion of those that it has and this phone no longer. */
function unsent(cases: readonly Case[], visit: Visit): Entry[] {
  const { sent = {} } = visit;
  const entries = plantsOf(cases, visit).map(({ entry }) => entry);
  const ids = new Set(["", ...entries.map(({ id }) => id)]);
  const gone = Object.entries(sent).filter(([id]) => !ids.has(id) && !refused.has(deletion(id)));
  const changed = entries.map((entry) => [entry, JSON.stringify(entry)] as const);
  return [
    ...changed.filter(([{ id }, json]) => sent[id] !== json && !refused.has(json)).map(([entry]) => entry),
    ...gone.map(([id, json]) => deletionOf(id, json)),
  ];
}

function deletion(id: string): string {
  return `deletion of ${id}`;
}

function deletionOf(id: string, json: string): Entry {
  const nothing = { case: null, answer: null, plot: "", note: "", crop: null, finding: null, affected_of_ten: null, severity: null };
  const { at, changed_at } = JSON.parse(json) as Entry;
  return { id, at, changed_at: isoOf(after(Date.parse(changed_at))), deleted: true, ...nothing };
}

function headOf(visit: Visit): Head {
  return {
    started_at: isoOf(visit.startedAt),
    changed_at: isoOf(visit.changedAt ?? visit.startedAt),
    title: visit.title,
    farmer: visit.farmer ?? "",
    look_again_on: visit.lookAgainOn ?? null,
  };
}

/** What counts of these entries now; the code of a refusal; null if the service did not answer as it should. */
async function put(worker: FieldWorker, id: string, head: Head, entries: readonly Entry[]): Promise<Known | string | null> {
  const answer = await ask(`${ADDRESS}/${id}`, {
    method: "PUT",
    headers: { ...bearer(worker), "Content-Type": "application/json" },
    body: JSON.stringify({ ...head, entries }),
  });
  const content = await contentOf(answer);
  if (answer.ok && content !== null) return content as unknown as Known;
  return refusalOf(answer, content);
}

async function refuse(database: Database, visit: Visit, entry: Entry | undefined, code: string): Promise<void> {
  const isWhole = entry === undefined || ["visit_deleted", "visit_of_another", "visits_too_many", "token_invalid"].includes(code);
  if (isWhole) refused.add(entry === undefined ? JSON.stringify(headOf(visit)) : visit.id);
  else refused.add(entry.deleted ? deletion(entry.id) : JSON.stringify(entry));
  // Who is signed out goes on after signing in.
  if (code === "token_invalid") refused.add(visit.id);
  else await changeVisit(database, visit.id, ({ refusals }) => ({ refusals: { ...refusals, [isWhole ? "" : entry.id]: code } }));
}

/** Take over what the service has, and keep that it was sent. */
async function settle(database: Database, id: string, known: Known, sent: Readonly<Record<string, string | null>>): Promise<void> {
  const took: Record<string, string | null> = { ...sent };
  const others: Record<string, Entry> = {};
  for (const entry of known.entries) {
    const changedAt = Date.parse(entry.changed_at);
    // Also what this phone has sent and not changed since: it may have come with a clock that is ahead of the others.
    const isNewer = (one: Case): boolean =>
      one.visit === id && (changedAt > (one.notedAt ?? one.createdAt) || sent[entry.id] === JSON.stringify(entryOf(one)));
    const here = await database.get("cases", entry.id);
    if (here !== undefined && isNewer(here)) {
      // Of a plant that was removed on another phone, the answer stays on this one.
      const change = entry.deleted ? { visit: null } : { ...noted(entry), notedAt: changedAt };
      await changeCase(database, entry.id, (now) => (isNewer(now) ? change : {}));
    }
    if (entry.deleted) took[entry.id] = null;
    else if (here?.visit !== id) others[entry.id] = entry;
  }
  await changeVisit(database, id, (now) => {
    const kept = { ...now.others };
    const newest: Record<string, string> = { ...now.sent };
    for (const [entry, json] of Object.entries(took)) {
      delete newest[entry];
      if (json === null) delete kept[entry];
      else newest[entry] = json;
    }
    for (const entry of Object.values(others)) {
      const mine = kept[entry.id];
      // It was deleted here, and the service is still to be told.
      if (mine === undefined && newest[entry.id] !== undefined) continue;
      if (mine !== undefined && Date.parse(mine.changed_at) > Date.parse(entry.changed_at)) continue;
      kept[entry.id] = ordered(entry);
      newest[entry.id] = JSON.stringify(kept[entry.id]);
    }
    const isNewer = Date.parse(known.changed_at) > (now.changedAt ?? now.startedAt) || sent[""] === JSON.stringify(headOf(now));
    const head = isNewer ? fieldsOf(known) : {};
    if (isNewer) newest[""] = JSON.stringify(headOf({ ...now, ...head }));
    const refusals = Object.fromEntries(Object.entries(now.refusals ?? {}).filter(([entry]) => !(entry in sent)));
    return { ...head, others: kept, sent: newest, refusals };
  });
}

/** As this phone would write it, so that equal entries are equal JSON. */
function ordered({ id, at, changed_at, deleted, case: name, answer, ...notes }: Entry): Entry {
  const { plot, note, crop, finding, affected_of_ten, severity } = notes;
  return { id, at, changed_at, deleted, case: name, answer, plot, note, crop, finding, affected_of_ten, severity };
}

function fieldsOf(known: Known): Partial<Visit> & { title: string; startedAt: number } {
  return {
    startedAt: Date.parse(known.started_at),
    title: known.title,
    farmer: known.farmer,
    lookAgainOn: known.look_again_on,
    changedAt: Date.parse(known.changed_at),
  };
}

/** As they were sent, by id; null for a deletion. */
function jsonOf(entries: readonly Entry[]): Record<string, string | null> {
  return Object.fromEntries(entries.map((entry) => [entry.id, entry.deleted ? null : JSON.stringify(entry)]));
}

/** Delete a visit at the service, then here; its answers stay. */
async function takeBack(database: Database, worker: FieldWorker, id: string, onChange: () => void): Promise<boolean> {
  const answer = await ask(`${ADDRESS}/${id}`, { method: "DELETE", headers: bearer(worker) });
  if (answer.status !== 204 && refusalOf(answer, await contentOf(answer)) !== "visit_of_another") return false;
  await database.delete("visits", id);
  onChange();
  return true;
}

/** Fetch what has changed at the service. */
async function pull(database: Database, worker: FieldWorker, onChange: () => void): Promise<boolean> {
  if (Math.abs(Date.now() - pulledAt) < PULL_PAUSE_MS) return true;
  const setting = `visits-until-${worker.worker}`;
  for (let more = true; more; ) {
    const since = (await database.get("settings", setting)) as string | undefined;
    const query = since === undefined ? "" : `?since=${encodeURIComponent(since)}`;
    const answer = await ask(ADDRESS + query, { headers: bearer(worker) });
    const content = await contentOf(answer);
    if (!answer.ok || content === null) return refusalOf(answer, content) !== null;
    const changes = content as unknown as { visits: Known[]; until: string; more: boolean };
    for (const known of changes.visits) await receive(database, worker, known);
    await database.put("settings", changes.until, setting);
    if (changes.visits.length > 0) onChange();
    more = changes.more;
  }
  pulledAt = Date.now();
  return true;
}

async function receive(database: Database, worker: FieldWorker, known: Known): Promise<void> {
  const { id } = known;
  const here = await database.get("visits", id);
  if (known.deleted) {
    if (here === undefined || here.isLeaving === true) return;
    const isAllSent = isSent(await database.getAllFromIndex("cases", "when"), here);
    // The worker would not learn why the visit that they are on is gone.
    if (isAllSent && (await database.get("settings", "visit")) !== id) await database.delete("visits", id);
    else await changeVisit(database, id, ({ refusals }) => ({ refusals: { ...refusals, "": "visit_deleted" } }));
    return;
  }
  if (here === undefined) await database.put("visits", { id, owner: worker.worker ?? null, isTried: true, ...fieldsOf(known) });
  // A new one has everything that the service has.
  await settle(database, id, known, here === undefined ? { "": JSON.stringify(headOf({ id, ...fieldsOf(known) })) } : {});
}
