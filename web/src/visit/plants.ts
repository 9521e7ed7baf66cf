/** The plants of a visit: those with a case on this phone, and those of the worker's other phones. */

import { conditionOf, type Diagnosis, isOlder, NOTHING_SAID } from "../decision/diagnosis";
import { answerOf, type Case, changeCase } from "../store/case";
import { type Database, replace } from "../store/database";
import type { Entry, EntryAnswer, Notes, Visit } from "../store/visit";

export interface Plant {
  readonly entry: Entry;
  readonly diagnosis: Diagnosis | null;
  /** Null if it is on another phone only. */
  readonly one: Case | null;
}

/** The visits of a worker; null for one whose id is not known yet, with visits that are nobody's. */
export async function visitsOf(database: Database, owner: string | null): Promise<Visit[]> {
  const all = await database.getAll("visits");
  return all.filter((visit) => (visit.owner ?? null) === owner).sort((a, b) => b.startedAt - a.startedAt);
}

/** In the order in which they were asked about. */
export function plantsOf(cases: readonly Case[], visit: Visit): Plant[] {
  const here = cases.filter((one) => one.visit === visit.id && one.whereabouts !== "leaving");
  const ids = new Set(here.map(({ id }) => id));
  const elsewhere = Object.values(visit.others ?? {}).filter(({ id }) => !ids.has(id));
  return [
    ...here.map((one) => ({ entry: entryOf(one), diagnosis: answerOf(one), one })),
    ...elsewhere.map((entry) => ({ entry, diagnosis: entry.answer && diagnosisOf(entry.answer), one: null })),
  ].sort((a, b) => Date.parse(a.entry.at) - Date.parse(b.entry.at));
}

export function notesOf(one: Case): Notes {
  return {
    plot: one.plot,
    note: one.note,
    crop: one.plantCrop ?? one.crop ?? answerOf(one)?.crop?.id ?? null,
    finding: one.finding ?? null,
    affected_of_ten: one.affected ?? null,
    severity: one.severity ?? null,
  };
}

/** Always the same fields in the same order, so that equal entries are equal JSON. */
export function entryOf(one: Case): Entry {
  return {
    id: one.id,
    at: isoOf(one.createdAt),
    changed_at: isoOf(one.notedAt ?? one.createdAt),
    deleted: false,
    case: one.receipt?.id ?? null,
    answer: sentOf(one),
    ...notesOf(one),
  };
}

export function isoOf(when: number): string {
  return new Date(when).toISOString();
}

/** What of an answer the service takes with a visit. */
function sentOf(one: Case): EntryAnswer | null {
  const [given, answer] = [one.diagnosis, answerOf(one)];
  if (given === null || answer === null) return null;
  const { outcome, crop, probability, looks_sick, model_version } = answer;
  if (isOlder(given)) {
    // As it was sent then: the visit has not changed.
    const { condition, coarse, confidence } = given;
    const of = condition ?? coarse;
    return {
      outcome,
      condition: condition?.id ?? null,
      coarse: coarse && { crop: coarse.crop, parent: coarse.parent, sick: coarse.sick },
      probability: of?.probability ?? null,
      right_of_ten: confidence?.right_of_ten ?? null,
      model_version,
    };
  }
  return {
    outcome,
    condition: conditionOf(answer)?.id ?? null,
    coarse: outcome === "uncertain" && crop !== null ? { crop: crop.id, parent: null, sick: looks_sick !== null } : null,
    probability,
    right_of_ten: probability === null || answer.in_list === 0 ? null : Math.min(Math.floor(10 * probability + 1e-9), 9),
    model_version,
  };
}

function diagnosisOf({ outcome, condition, coarse, probability, model_version }: EntryAnswer): Diagnosis {
  const crop = condition?.split(".")[0] ?? coarse?.crop;
  const about = crop === undefined ? null : { id: crop, name: crop };
  const said = { ...NOTHING_SAID, outcome, probability, crop: about, photos: [], crop_hint: null, model_version };
  if (condition === null || crop === undefined) return { ...said, grade: outcome === "uncertain" ? "not_clear" : null };
  const ranked = [{ id: condition, name: condition, crop, crop_name: crop, probability: probability ?? 0 }];
  return { ...said, grade: outcome === "healthy" ? "most_likely" : "probably", ranked, in_list: 1 };
}

export function changeVisit(database: Database, id: string, change: (now: Visit) => Partial<Visit>): Promise<Visit | undefined> {
  return replace(database, "visits", id, (now) => ({ ...now, ...change(now) }));
}

/** Delete a visit here and, if the service may have it, there; its answers stay. */
export async function deleteVisit(database: Database, id: string): Promise<void> {
  await replace(database, "visits", id, (now) => (now.isTried === true ? { ...now, isLeaving: true } : null));
}

/** Change what the service is told of the visit itself. */
export async function editVisit(database: Database, id: string, fields: Partial<Visit>): Promise<void> {
  await changeVisit(database, id, (now) => ({ ...fields, changedAt: after(now.changedAt) }));
}

/** What is written here and not, or not yet, in the record; the same object if that is all of it. */
export function unstored<Fields extends object>(written: Partial<Fields>, record: Fields): Partial<Fields> {
  const left = Object.entries(written).filter(([field, value]) => value !== record[field as keyof Fields]);
  return left.length === Object.keys(written).length ? written : (Object.fromEntries(left) as Partial<Fields>);
}

/** Keep what the worker writes about a plant. */
export async function editNotes(database: Database, visit: string, id: string, notes: Notes): Promise<void> {
  const here = await changeCase(database, id, (now) => (now.visit === visit ? { ...noted(notes), notedAt: after(now.notedAt) } : {}));
  if (here?.visit === visit) return;
  await changeVisit(database, visit, ({ others = {} }) => {
    const kept = others[id];
    if (kept === undefined) return {};
    return { others: { ...others, [id]: { ...kept, ...notes, changed_at: isoOf(after(Date.parse(kept.changed_at))) } } };
  });
}

/** The same as fields of a case, whose own crop was sent with its photos and does not change. */
export function noted({ crop, affected_of_ten, ...notes }: Notes): Partial<Case> {
  return { ...notes, plantCrop: crop, affected: affected_of_ten };
}

/** Now, but later than whatever another phone has written, even if this one's clock is behind. */
export function after(when = 0): number {
  return Math.max(Date.now(), when + 1);
}

/** Nobody's visit becomes a worker's, with its cases; the first who says so gets it. */
export async function claim(database: Database, id: string, owner: string): Promise<void> {
  const cases = (await database.getAllFromIndex("cases", "when")).filter(({ visit }) => visit === id);
  for (const one of cases) await changeCase(database, one.id, () => ({ owner }));
  await changeVisit(database, id, (now) => (now.owner == null ? { owner } : {}));
}
