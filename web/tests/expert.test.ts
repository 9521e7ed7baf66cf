/** What experts say is asked for at every contact, less often for older cases, and a change of it is news again. */

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Case, changeCase, newCase } from "../src/store/case";
import type { Database } from "../src/store/database";
import { Delivery } from "../src/store/delivery";
import { corrects, type ExpertWord, isExpertDue } from "../src/store/expert";
import { memoryDatabase, memoryLocks } from "./memory";

const HOUR_MS = 3_600_000;
const RUST: ExpertWord = { verdict: "condition", condition: "bean.rust", remark: null, reviewed_at: "2026-11-27T08:00:00Z" };
const NOTHING = { verdict: null, condition: null, remark: null, reviewed_at: null };
const ASKED = { language: "sw", crop: null, photos: [], diagnosis: null, keepsPhotos: true, place: null, visit: null };
const SENT = { id: "one", whereabouts: "sent", receipt: { id: "a", token: "t" } } as const;

let database: Database;
let asked: string[];
let answer: () => Response;

async function now(): Promise<Case> {
  return (await database.get("cases", "one")) as Case;
}

async function contact(count: number): Promise<void> {
  new Delivery(database, () => {}).hurry();
  await vi.waitFor(() => expect(asked.length).toBe(count));
  await new Promise((done) => setTimeout(done, 30));
}

beforeEach(async () => {
  database = memoryDatabase();
  asked = [];
  await database.put("cases", { ...newCase(ASKED), ...SENT });
  vi.stubGlobal("navigator", { onLine: true, locks: memoryLocks() });
  vi.stubGlobal("fetch", async (address: string, { method, headers }: { method: string; headers: Record<string, string> }) => {
    asked.push(`${method} ${address} ${headers["Authorization"]}`);
    return answer();
  });
});

afterEach(() => vi.unstubAllGlobals());

it("asks with the case's own token, and keeps what is said until something else is", async () => {
  answer = () => Response.json({ asked: false, ...RUST });
  await contact(1);
  expect(asked).toEqual(["GET /v1/diagnoses/a/expert Bearer t"]);
  expect((await now()).expert).toEqual(RUST);
  await changeCase(database, "one", { isExpertSeen: true, expertAt: 0 });
  await contact(2);
  expect((await now()).isExpertSeen).toBe(true);
  await changeCase(database, "one", { expertAt: 0 });
  answer = () => Response.json({ asked: false, ...RUST, verdict: "disagreement", condition: null });
  await contact(3);
  expect(await now()).toMatchObject({ isExpertSeen: false, expert: { verdict: "disagreement" } });
});

it("asks for an expert once, and not again where the service will not", async () => {
  await changeCase(database, "one", { wantsExpert: true, expertAt: Date.now() });
  // As a service that could not note it.
  answer = () => Response.json({ asked: false, ...NOTHING });
  await contact(1);
  expect(asked[0]).toMatch(/^PUT /);
  expect(await now()).toMatchObject({ isExpertAsked: true, expert: null });
  await changeCase(database, "one", { isExpertAsked: false });
  answer = () => Response.json({ code: "photos_not_kept" }, { status: 422 });
  await contact(2);
  expect((await now()).wantsExpert).toBe(false);
});

it("keeps what it has heard where the case is gone at the service", async () => {
  await changeCase(database, "one", { expert: RUST });
  answer = () => Response.json({ code: "diagnosis_unknown" }, { status: 404 });
  await contact(1);
  expect((await now()).expert).toEqual(RUST);
});

it.each([
  ["never asked", 0, null, true],
  ["just asked", 0, 0, false],
  ["asked ten minutes ago, of a clock that was a day ahead", -24, 10 / 60, false],
  ["asked two days ago, of a clock that was a year ahead", -8760, 48, true],
  ["an hour old, asked ten minutes ago", 1, 10 / 60, true],
  ["ten days old, asked ten hours ago", 240, 10, false],
  ["ten days old, asked two days ago", 240, 48, true],
  ["asked in the future, before the clock was set back", 240, -100, true],
])("is due: %s", (_, ageHours, agoHours, isDue) => {
  const times = { createdAt: Date.now() - ageHours * HOUR_MS };
  const expertAt = agoHours === null ? {} : { expertAt: Date.now() - agoHours * HOUR_MS };
  expect(isExpertDue({ ...newCase(ASKED), ...SENT, ...times, ...expertAt })).toBe(isDue);
  expect(isExpertDue({ ...newCase(ASKED), ...SENT, ...times, ...expertAt, keepsPhotos: false })).toBe(false);
});

it.each([
  ["the same", RUST, "bean.rust", false],
  ["another", RUST, "bean.angular_leaf_spot", true],
  ["one where none was answered", RUST, null, true],
  ["another plant", { ...RUST, verdict: "unknown_plant", condition: null }, "bean.rust", true],
  ["experts who do not agree", { ...RUST, verdict: "disagreement", condition: null }, "bean.rust", true],
  ["the same where nothing was named", { ...RUST, verdict: "disagreement", condition: null }, null, false],
  ["no verdict", { ...RUST, verdict: "cannot_tell", condition: null }, "bean.rust", false],
  ["nothing yet", null, "bean.rust", false],
] as const)("replaces the advice: %s", (_, word, answered, isCorrected) => {
  expect(corrects(word, answered)).toBe(isCorrected);
});

it("an old plant is asked about by the day on which an expert was asked", () => {
  const day = 24 * HOUR_MS;
  const old = { ...newCase(ASKED), ...SENT, createdAt: Date.now() - 30 * day, expertAt: Date.now() - day };
  expect(isExpertDue(old)).toBe(false);
  expect(isExpertDue({ ...old, wantsExpert: true, isExpertAsked: true, askedAt: Date.now() - day })).toBe(true);
});
