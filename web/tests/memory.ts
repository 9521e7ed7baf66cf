/** The phone's database and locks in memory, as far as tests need them. */

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
    getAll: async (name: string) => [...store(name).values()],
    getAllFromIndex: async (name: string) =>
      [...store(name).values()].sort((one, other) => (one.createdAt ?? 0) - (other.createdAt ?? 0)),
    transaction: (name: string) => ({
      store: {
        get: (key: string) => get(name, key),
        put: (value: Kept) => put(name, value),
        delete: async (key: string) => void store(name).delete(key),
      },
      done: Promise.resolve(),
    }),
  };
  return database as unknown as Database;
}

/** Each is held by one at a time, and only by who finds it free. */
export function memoryLocks() {
  const held = new Set<string>();
  async function request(name: string, ...rest: readonly unknown[]): Promise<unknown> {
    const work = rest.at(-1) as (lock: object | null) => unknown;
    if (held.has(name)) return work(null);
    held.add(name);
    try {
      return await work({});
    } finally {
      held.delete(name);
    }
  }
  return { request };
}
