/** What the screen of an answer shows, and goes on showing when the answer comes. */

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Diagnosis } from "../src/decision/diagnosis";
import { AskExpert } from "../src/part/expert";
import { AnswerScreen } from "../src/screen/answer";
import { changeCase, newCase } from "../src/store/case";
// A busy machine takes longer to load it than a test may take.
import "../src/visit";
import { memoryDatabase } from "./memory";
import { show } from "./screen";

const ASKED = { language: "en", crop: null, photos: [], keepsPhotos: true, place: null, diagnosis: null, visit: "v" };
const DIAGNOSIS: Diagnosis = {
  outcome: "uncertain",
  condition: null,
  coarse: null,
  confidence: null,
  candidates: [],
  photos: [],
  crop_hint: null,
  model_version: "1",
};
const WORKER = { name: "x", role: "extension", expires_at: "2027-01-01", token: "t" };

beforeEach(() => void vi.stubGlobal("navigator", { onLine: true }));
afterEach(() => vi.unstubAllGlobals());

it("leaves a worker's notes alone when the answer comes while they are written", async () => {
  const database = memoryDatabase();
  await database.put("cases", { ...newCase(ASKED), id: "one" });
  await database.put("visits", { id: "v", startedAt: 0, title: "North" });
  const { page, again } = show(AnswerScreen, { id: "one" }, { database, worker: WORKER });
  await vi.waitFor(() => expect(page.all("textarea").length).toBe(1));
  const note = page.all("textarea")[0]!;
  note.fire("Input", { value: "dry" });
  await changeCase(database, "one", { diagnosis: DIAGNOSIS, whereabouts: "sent" });
  again({ changes: 1 });
  await vi.waitFor(() => expect(page.text).toContain("We can't tell what this is"));
  expect(page.all("textarea")[0]).toBe(note);
  await vi.waitFor(async () => expect((await database.get("cases", "one"))?.note).toBe("dry"));
  expect(note.value).toBe("dry");
});

it.each([
  ["waiting", "The answer comes here"],
  ["refused", ""],
] as const)("promises an expert's word on a case that is %s: %j", (whereabouts, promise) => {
  const one = { ...newCase(ASKED), whereabouts, wantsExpert: true };
  const { page } = show(AskExpert, { one, diagnosis: DIAGNOSIS }, {});
  expect(page.text).toContain(promise);
  expect(page.text === "").toBe(promise === "");
});
