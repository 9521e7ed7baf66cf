/**
 * Photos of plants that another phone of the worker has taken, for the sheet: fetched when they ask, as that costs mobile
 * data, and forgotten with the screen. The service keeps only photos that the farmer has agreed to leave.
 */

import { ask, bearer } from "../store/sending";
import type { FieldWorker } from "../store/worker";
import type { Plant } from "./plants";

/** By id of the entry; null where the service has none for this worker. */
export type FetchedPhotos = Readonly<Record<string, Blob | null>>;

/** Plants whose photo the service may have. */
export function withoutPhoto(plants: readonly Plant[], fetched: FetchedPhotos): Plant[] {
  return plants.filter(({ entry, one }) => one === null && entry.case !== null && fetched[entry.id] === undefined);
}

/** Whether the service answered about all of them. */
export async function fetchPhotos(
  worker: FieldWorker,
  plants: readonly Plant[],
  onPhoto: (id: string, photo: Blob | null) => void,
): Promise<boolean> {
  try {
    for (const { entry } of plants) {
      const answer = await ask(`/v1/diagnoses/${entry.case}/photos/0`, { headers: bearer(worker) });
      onPhoto(entry.id, answer.headers.get("Content-Type") === "image/jpeg" ? await answer.blob() : null);
    }
  } catch {
    // The network broke off, or the service is busy.
    return false;
  }
  return true;
}
