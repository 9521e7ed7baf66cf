/** Photos of an unasked question are still there when the app is opened again. */

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Database } from "../src/store/database";
import { Draft, NOTHING_LEFT, takeUp } from "../src/store/draft";
import { memoryDatabase, memoryLocks } from "./memory";

let database: Database;

beforeEach(() => {
  database = memoryDatabase();
  open();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** Open the browser, in which no tab holds anything yet. */
function open(): void {
  vi.stubGlobal("navigator", { locks: memoryLocks() });
}

function shots(...takenAt: number[]) {
  return takenAt.map((at) => ({ kept: Promise.resolve(new Blob([String(at)], { type: "image/jpeg" })), takenAt: at }));
}

/** As the app begins, with nothing left from before. */
function begun(): Draft {
  const draft = new Draft(database, 0);
  draft.keep([], null);
  return draft;
}

async function left(): Promise<number[]> {
  return (await takeUp(database)).files.map(({ lastModified }) => lastModified);
}

it("comes back with its crop, and knows when photos were taken", async () => {
  begun().keep(shots(5, 7), "bean");
  await vi.waitFor(async () => expect((await takeUp(database)).crop).toBe("bean"));
  const { files } = await takeUp(database);
  expect(files.map(({ lastModified, type }) => [lastModified, type])).toEqual([[5, "image/jpeg"], [7, "image/jpeg"]]);
  expect(await files[1]?.text()).toBe("7");
});

it("is forgotten with its last photo", async () => {
  const draft = begun();
  draft.keep(shots(5), null);
  draft.keep([], null);
  await vi.waitFor(async () => expect(await database.get("settings", "draft")).toBeUndefined());
  expect(await takeUp(database)).toBe(NOTHING_LEFT);
});

it("stays while a case is made of it, and goes once that is kept", async () => {
  const draft = begun();
  let settle = (): void => {};
  draft.keep(shots(5), null);
  draft.hold(new Promise((done) => (settle = done)));
  draft.keep([], null);
  await new Promise((done) => setTimeout(done, 20));
  expect(await left()).toEqual([5]);
  settle();
  await vi.waitFor(async () => expect(await left()).toEqual([]));
});

it("goes too if it came back from before", async () => {
  begun().keep(shots(5), null);
  await vi.waitFor(async () => expect(await left()).toEqual([5]));
  open();
  const draft = new Draft(database, 1);
  draft.hold(Promise.resolve());
  draft.keep([], null);
  await vi.waitFor(async () => expect(await left()).toEqual([]));
});

it("is kept as it is changed after it came back", async () => {
  begun().keep(shots(5, 7), null);
  await vi.waitFor(async () => expect(await left()).toEqual([5, 7]));
  open();
  const draft = new Draft(database, 2);
  for (const back of [[], [5], [5, 7]]) draft.keep(shots(...back), null);
  await new Promise((done) => setTimeout(done, 20));
  expect(await left()).toEqual([5, 7]);
  draft.keep(shots(7), null);
  await vi.waitFor(async () => expect(await left()).toEqual([7]));
});

it("comes back no more if nobody gets any further with it", async () => {
  begun().keep(shots(5), null);
  await vi.waitFor(async () => expect(await database.get("settings", "draft")).toBeDefined());
  for (const expected of [[5], [5], [5], []]) {
    expect(await left()).toEqual(expected);
    // The page shows what came back, and ends.
    new Draft(database, 1).keep(shots(5), null);
  }
  expect(await database.get("settings", "draft")).toBeUndefined();
});

it("is of one tab until its photos are gone, and of no other", async () => {
  const [first, second] = [begun(), begun()];
  first.keep(shots(5), null);
  second.keep(shots(7), null);
  second.keep([], null);
  await new Promise((done) => setTimeout(done, 20));
  expect(await left()).toEqual([5]);
  first.keep([], null);
  await vi.waitFor(async () => expect(await left()).toEqual([]));
  second.keep(shots(9), null);
  await vi.waitFor(async () => expect(await left()).toEqual([9]));
});

it("comes back on a full phone too", async () => {
  begun().keep(shots(5), null);
  await vi.waitFor(async () => expect(await database.get("settings", "draft")).toBeDefined());
  vi.spyOn(console, "warn").mockImplementation(() => {});
  database.put = () => Promise.reject(new DOMException("full", "QuotaExceededError"));
  expect(await left()).toEqual([5]);
});
