/** A worker's visits, which other phones and the worker change meanwhile. */

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { newCase } from "../src/store/case";
import type { Database } from "../src/store/database";
import { exchange } from "../src/visit/exchange";
import { changeVisit, deleteVisit, entryOf, isoOf } from "../src/visit/plants";
import { memoryDatabase } from "./memory";

const PLANT = { language: "sw", crop: "bean", photos: [], diagnosis: null, keepsPhotos: false, place: null, visit: "v", owner: "w" };
const HEAD = { started_at: "2026-11-27T08:00:00Z", changed_at: "2026-11-27T08:00:00Z", title: "North", farmer: "", look_again_on: null };

let database: Database;
let asked: string[];
let visits: readonly object[];

/** With a token of its own each time, because the service is asked for changes once a minute. */
async function contact(): Promise<void> {
  const worker = { name: "x", role: "extension", expires_at: "2027-01-01", token: crypto.randomUUID(), worker: "w" };
  await database.put("settings", worker, "worker");
  await exchange(database, () => {});
}

beforeEach(() => {
  database = memoryDatabase();
  asked = [];
  visits = [];
  vi.stubGlobal("fetch", async (address: string, { method = "GET" }: RequestInit) => {
    asked.push(`${method} ${address}`);
    return Response.json({ visits, until: "now", more: false });
  });
});

afterEach(() => vi.unstubAllGlobals());

it.each([
  ["goes", null, undefined],
  ["stays if it is open here, and says why", "v", { "": "visit_deleted" }],
])("a visit that was deleted on another phone %s", async (_about, open, refusals) => {
  await database.put("settings", open, "visit");
  for (const deleted of [false, true]) {
    visits = [{ id: "v", ...HEAD, deleted, entries: [] }];
    await contact();
  }
  expect((await database.get("visits", "v"))?.refusals).toEqual(refusals);
});

it("a visit that was sent since it was shown is deleted at the service too", async () => {
  await database.put("visits", { id: "v", startedAt: Date.now(), title: "North", owner: "w" });
  await changeVisit(database, "v", () => ({ isTried: true }));
  await deleteVisit(database, "v");
  expect((await database.get("visits", "v"))?.isLeaving).toBe(true);
});

it("a visit that is deleted as it is about to be sent is not sent", async () => {
  await database.put("visits", { id: "v", startedAt: Date.now(), title: "North", owner: "w" });
  const { get } = database;
  database.get = (async (store: "visits", id: string) => {
    const found = await get(store, id);
    if (store === "visits") await deleteVisit(database, id);
    return found;
  }) as typeof get;
  await contact();
  expect(asked).toEqual(["GET /v1/visits"]);
});

it("what another phone writes later counts, though the clock of this one is ahead", async () => {
  const ahead = Date.now() + 2 * 3_600_000;
  const one = { ...newCase(PLANT), id: "one", createdAt: ahead };
  await database.put("cases", one);
  await database.put("visits", { id: "v", startedAt: ahead, title: "North", owner: "w" });
  vi.stubGlobal("fetch", async (_: string, { method, body }: { method?: string; body?: string }) => {
    if (method !== "PUT") return Response.json({ visits, until: "now", more: false });
    const { entries, ...head } = JSON.parse(body ?? "") as { entries: object[] };
    // What comes from the future the service dates back.
    const now = { changed_at: isoOf(Math.min(Date.now(), ahead)) };
    return Response.json({ id: "v", deleted: false, ...head, ...now, entries: entries.map((entry) => ({ ...entry, ...now })) });
  });
  await contact();
  const later = { changed_at: isoOf(Date.now() + 60_000) };
  visits = [{ id: "v", ...HEAD, ...later, farmer: "Amina", deleted: false, entries: [{ ...entryOf(one), ...later, note: "by the other" }] }];
  await contact();
  expect(await database.get("cases", "one")).toMatchObject({ note: "by the other" });
  expect(await database.get("visits", "v")).toMatchObject({ farmer: "Amina" });
});

it("a visit beyond the day's quota stays here, and goes when it may", async () => {
  await database.put("visits", { id: "v", startedAt: Date.now(), title: "North", owner: "w" });
  await database.put("cases", { ...newCase(PLANT), id: "c" });
  await database.put("cases", { ...newCase(PLANT), id: "d" });
  for (const status of [422, 200]) {
    vi.stubGlobal("fetch", async (_: string, { method = "GET", body }: RequestInit) => {
      asked.push(method);
      if (method === "GET") return Response.json({ visits, until: "now", more: false });
      return Response.json(status === 200 ? JSON.parse(String(body)) : { code: "visits_too_many" }, { status });
    });
    await contact();
    const visit = await database.get("visits", "v");
    expect(visit?.refusals).toEqual(status === 200 ? {} : { "": "visits_too_many" });
    expect(Object.keys(visit?.sent ?? {}).sort()).toEqual(status === 200 ? ["", "c", "d"] : []);
  }
  expect(asked.filter((method) => method === "PUT")).toHaveLength(3);
});
