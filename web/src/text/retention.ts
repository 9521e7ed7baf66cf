/** For how long the service keeps what; its operator decides. */

import type { Database } from "../store/database";
import { readDocument } from "./texts";

export interface Retention {
  readonly diagnosis_days: number;
  readonly photo_days: number;
}

/** What a service keeps to unless its operator says otherwise. */
const USUAL: Retention = { diagnosis_days: 90, photo_days: 1095 };

export async function readRetention(database: Database): Promise<Retention> {
  return ((await readDocument(database, "/v1/retention")) as Retention | null) ?? USUAL;
}
