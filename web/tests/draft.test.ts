/** Photos of an unasked question are still there when the app is opened again. */

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Database } from "../src/store/database";
import { Draft } from "../src/store/draft";
import { isShownIn } from "../src/store/visit";
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

/** As the app begins in one more tab. */
async function begun(): Promise<Draft> {
  const draft = new Draft(database);
  await draft.takeUp();
  if (draft.left.photos.length === 0) draft.keep([], null);
  return draft;
}

function taken({ left }: Draft): number[] {
  return left.photos.map(({ file }) => file.lastModified);
}

/** What would come back if the phone ended the browser now. */
async function stored(): Promise<number[] | undefined> {
  const kept = (await database.get("settings", "draft")) as { photos: { takenAt: number }[] } | undefined;
  return kept?.photos.map(({ takenAt }) => takenAt);
}

/** Photos that were there as the phone ended the browser. */
async function leave(...takenAt: number[]): Promise<void> {
  (await begun()).keep(shots(...takenAt), null);
  await vi.waitFor(async () => expect(await stored()).toEqual(takenAt));
  open();
}

function moment(): Promise<void> {
  return new Promise((done) => setTimeout(done, 20));
}

function fill(): void {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  database.put = () => Promise.reject(new DOMException("full", "QuotaExceededError"));
}

it("comes back with its crop, and knows when photos were taken", async () => {
  (await begun()).keep(shots(5, 7), "bean");
  await vi.waitFor(async () => expect(await stored()).toEqual([5, 7]));
  open();
  const { photos, crop } = (await begun()).left;
  const files = photos.map(({ file }) => file);
  expect(crop).toBe("bean");
  expect(files.map(({ lastModified, type }) => [lastModified, type])).toEqual([[5, "image/jpeg"], [7, "image/jpeg"]]);
  expect(await files[1]?.text()).toBe("7");
});

it("knows which visit each photo is of, and that earlier drafts do not", async () => {
  const [first, second] = shots(5, 7);
  const of = { visit: "v", owner: "w" };
  (await begun()).keep([{ ...first!, of }, second!], null);
  await vi.waitFor(async () => expect(await stored()).toEqual([5, 7]));
  open();
  expect((await begun()).left.photos).toMatchObject([{ of }, { of: null }]);
  await database.put("settings", { photos: [{ blob: new Blob(), takenAt: 5 }], crop: null, returns: 0 }, "draft");
  open();
  const [photo] = (await begun()).left.photos;
  expect(isShownIn(photo!, { visit: "v", worker: null })).toBe(true);
});

it("is forgotten with its last photo", async () => {
  const draft = await begun();
  draft.keep(shots(5), null);
  await vi.waitFor(async () => expect(await stored()).toEqual([5]));
  draft.keep([], null);
  await vi.waitFor(async () => expect(await stored()).toBeUndefined());
  expect(taken(await begun())).toEqual([]);
});

it("stays while a case is made of it, and goes once that is kept", async () => {
  const draft = await begun();
  let settle = (): void => {};
  draft.keep(shots(5), null);
  await vi.waitFor(async () => expect(await stored()).toEqual([5]));
  draft.hold(new Promise((done) => (settle = done)));
  draft.keep([], null);
  await moment();
  expect(await stored()).toEqual([5]);
  settle();
  await vi.waitFor(async () => expect(await stored()).toBeUndefined());
});

it("stays on a full phone where its case cannot be kept", async () => {
  const draft = await begun();
  let settle = (): void => {};
  draft.keep(shots(5), null);
  await vi.waitFor(async () => expect(await stored()).toEqual([5]));
  fill();
  draft.hold(new Promise((done) => (settle = done)));
  draft.keep([], null);
  await moment();
  draft.keep(shots(5), null);
  settle();
  await moment();
  expect(await stored()).toEqual([5]);
});

it("goes too if it came back from before", async () => {
  await leave(5);
  const draft = await begun();
  draft.hold(Promise.resolve());
  draft.keep([], null);
  await vi.waitFor(async () => expect(await stored()).toBeUndefined());
});

it("is kept as it is changed after it came back", async () => {
  await leave(5, 7);
  const draft = await begun();
  draft.keep(shots(), null, false);
  draft.keep(shots(5), null, false);
  draft.keep(shots(5, 7), null, true);
  await moment();
  expect(await stored()).toEqual([5, 7]);
  draft.keep(shots(7), null);
  await vi.waitFor(async () => expect(await stored()).toEqual([7]));
});

it("is kept as it is changed while it comes back", async () => {
  await leave(5, 7, 9);
  const draft = await begun();
  draft.keep(shots(5, 7), null, false);
  draft.keep(shots(7), "bean", false);
  await moment();
  expect(await stored()).toEqual([5, 7, 9]);
  draft.keep(shots(7, 9), "bean", true);
  await vi.waitFor(async () => expect(await stored()).toEqual([7, 9]));
  expect(await database.get("settings", "draft")).toMatchObject({ crop: "bean", returns: 0 });
});

it("comes back no more if nobody gets any further with it", async () => {
  await leave(5);
  for (const expected of [[5], [5], [5], []]) {
    // The page shows what came back, and ends.
    const draft = await begun();
    expect(taken(draft)).toEqual(expected);
    draft.keep(shots(...expected), null);
    await moment();
    open();
  }
  expect(await stored()).toBeUndefined();
});

it("comes back again and again where it has crashed nothing", async () => {
  await leave(5);
  for (let opening = 0; opening < 6; opening++) {
    const draft = await begun();
    expect(taken(draft)).toEqual([5]);
    vi.useFakeTimers();
    draft.keep(shots(5), null);
    await vi.advanceTimersByTimeAsync(10_000);
    vi.useRealTimers();
    await moment();
    open();
  }
});

it("is of one tab until its photos are gone, and of no other", async () => {
  const [first, second] = [await begun(), await begun()];
  first.keep(shots(5), null);
  await moment();
  second.keep(shots(7), null);
  await moment();
  second.keep([], null);
  await moment();
  expect(await stored()).toEqual([5]);
  first.keep([], null);
  await vi.waitFor(async () => expect(await stored()).toBeUndefined());
  second.keep(shots(9), null);
  await vi.waitFor(async () => expect(await stored()).toEqual([9]));
});

it("comes back to one of two tabs that are opened together", async () => {
  await leave(5);
  expect((await Promise.all([begun(), begun()])).map(taken)).toEqual([[5], []]);
});

it("waits for the next opening where the phone ended the tab that it was of", async () => {
  const [first, second] = [await begun(), await begun()];
  first.keep(shots(5), null);
  await vi.waitFor(async () => expect(await stored()).toEqual([5]));
  open();
  second.keep(shots(7), null);
  await moment();
  second.keep([], null);
  await moment();
  expect(taken(await begun())).toEqual([5]);
});

it("comes back on a full phone too", async () => {
  await leave(5);
  fill();
  expect(taken(await begun())).toEqual([5]);
});
