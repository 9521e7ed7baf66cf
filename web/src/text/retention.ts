/** For how long the service keeps what; its operator decides. */

import type { Database } from "../store/database";
import { readDocument } from "./texts";

export interface Retention {
  readonly diagnosis_days: number;
  readonly photo_days: number;
  /** Absent from an older service. */
  readonly visit_days?: number;
}

/** What a service keeps to unless its operator says otherwise. */
export const USUAL = { diagnosis_days: 90, photo_days: 1095, visit_days: 366 };

export async function readRetention(database: Database): Promise<Retention> {
  return ((await readDocument(database, "/v1/retention")) as Retention | null) ?? USUAL;
}
