/** The phone's database in memory, as far as tests need it. */

import type { Database } from "../src/store/database";

type Kept = { id?: string; name?: string; createdAt?: number };

export function memoryDatabase(): Database {
  const stores = new Map<string, Map<string, Kept>>();
  const store = (name: string): Map<string, Kept> => {
    const found = stores.get(name) ?? new Map<string, Kept>();
    stores.set(name, found);
    return found;
  };
  const get = async (name: string, key: string): Promise<Kept | undefined> => store(name).get(key);
  const put = async (name: string, value: Kept, key?: string): Promise<void> =>
    void store(name).set(key ?? value.id ?? value.name ?? "", value);
  const database = {
    get,
    put,
    delete: async (name: string, key: string) => void store(name).delete(key),
    getAllFromIndex: async (name: string) =>
      [...store(name).values()].sort((one, other) => (one.createdAt ?? 0) - (other.createdAt ?? 0)),
    transaction: (name: string) => ({
      store: { get: (key: string) => get(name, key), put: (value: Kept) => put(name, value) },
      done: Promise.resolve(),
    }),
  };
  return database as unknown as Database;
}
