/**
 * What is kept on this phone, in IndexedDB: cases with their photos, visits, texts, and files for answering without a
 * network. Everything here is deleted when the person clears the browser's data.
 */

import { type DBSchema, type IDBPDatabase, openDB, type StoreValue } from "idb";
import type { Case } from "./case";
import type { Visit } from "./visit";

/** Part of a large file; see `device/download.ts`. */
export interface StoredPart {
  readonly address: string;
  readonly start: number;
  readonly total: number;
  readonly bytes: ArrayBuffer;
}

/** A JSON document of the service, as it was last seen. */
export interface StoredDocument {
  readonly name: string;
  readonly etag: string | null;
  readonly content: unknown;
}

export interface Schema extends DBSchema {
  cases: { key: string; value: Case; indexes: { when: number } };
  visits: { key: string; value: Visit };
  documents: { key: string; value: StoredDocument };
  parts: { key: [string, number]; value: StoredPart };
  settings: { key: string; value: unknown };
}

export type Database = IDBPDatabase<Schema>;

const VERSION = 1;

/** Open the phone's database, made anew if there is none. */
export function openDatabase(name = "majani"): Promise<Database> {
  return openDB<Schema>(name, VERSION, {
    upgrade(database, oldVersion) {
      if (oldVersion >= VERSION) return;
      database.createObjectStore("cases", { keyPath: "id" }).createIndex("when", "createdAt");
      database.createObjectStore("visits", { keyPath: "id" });
      database.createObjectStore("documents", { keyPath: "name" });
      database.createObjectStore("parts", { keyPath: ["address", "start"] });
      database.createObjectStore("settings");
    },
    // Another tab has a newer app, which waits for this one to let go.
    blocking: () => location.reload(),
    // Phones close the database of a page that was long in the background.
    terminated: () => location.reload(),
  });
}

/**
 * Replace the present record, which may differ from the one that was read. A deleted record stays deleted.
 *
 * @param made Null deletes it.
 * @returns The record as it is afterwards, if it is still there.
 */
export async function replace<Name extends "cases" | "visits">(
  database: Database,
  name: Name,
  id: string,
  made: (now: StoreValue<Schema, Name>) => StoreValue<Schema, Name> | null,
): Promise<StoreValue<Schema, Name> | undefined> {
  const transaction = database.transaction(name, "readwrite");
  const now = await transaction.store.get(id);
  const next = now && made(now);
  if (next) await transaction.store.put(next);
  else if (next === null) await transaction.store.delete(id);
  await transaction.done;
  return next ?? undefined;
}

/** Whether it gets written; a full phone refuses. */
export function succeeds(writing: Promise<unknown>): Promise<boolean> {
  return writing.then(
    () => true,
    (error: unknown) => {
      console.warn(error);
      return false;
    },
  );
}
