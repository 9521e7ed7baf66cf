/** A visit as files: a table that spreadsheets do not compute, and a day that calendars understand. */

import { expect, it } from "vitest";
import { type Diagnosis, NOTHING_SAID, type OlderDiagnosis } from "../src/decision/diagnosis";
import { newCase } from "../src/store/case";
import { isShownIn, type Visit } from "../src/store/visit";
import type { FieldWorker } from "../src/store/worker";
import { calendarOf } from "../src/visit/calendar";
import { plantsOf, unstored } from "../src/visit/plants";
import { csvOf, fileNameOf } from "../src/visit/table";

const VISIT: Visit = { id: "v", startedAt: Date.UTC(2026, 10, 27, 9), title: "Upper farm" };
const ASKED = { language: "sw", crop: "bean", photos: [], diagnosis: null, keepsPhotos: false, place: null, visit: "v" };
const UNSURE = { ...NOTHING_SAID, outcome: "uncertain", photos: [], crop_hint: "bean", model_version: "1" } as const;
const LISTED: Diagnosis = {
  ...UNSURE,
  grade: "one_of",
  crop: { id: "bean", name: "Bean" },
  ranked: ["bean.rust", "bean.spot"].map((id) => ({ id, name: id, crop: "bean", crop_name: "Bean", probability: 0.42 })),
  in_list: 2,
  probability: 0.84,
  looks_sick: 0.9,
};
const OLDER: OlderDiagnosis = { ...UNSURE, condition: null, confidence: null, candidates: [], coarse: { crop: "bean", parent: "leaf_spot", sick: true, probability: 0.84 } };

function rowOf(fields: object): Record<string, string> {
  const [names = "", values = ""] = csvOf(VISIT, "Worker", plantsOf([{ ...newCase(ASKED), plot: "3", ...fields }], VISIT)).split("\r\n");
  const cells = values.match(/("([^"]|"")*"|[^,]*)(,|$)/g) ?? [];
  return Object.fromEntries(names.split(",").map((name, at) => [name.replace("\ufeff", ""), (cells[at] ?? "").replace(/,$/, "")]));
}

it("begins with the mark of UTF-8, and says whose visit it is and what the worker found", () => {
  expect(csvOf(VISIT, "", []).startsWith("\ufeff")).toBe(true);
  const noted = { finding: "bean.rust", affected: 0, severity: 2, place: { latitude: -0.1, longitude: 34.8 } };
  const written = { finding: "bean.rust", affected_of_ten: "0", severity: "2", latitude: "-0.1", longitude: "34.8" };
  expect(rowOf(noted)).toMatchObject({ visit: "Upper farm", worker: "Worker", plot: "3", crop: "bean", ...written });
});

it("names the crop that the worker said, whatever the photo looks like", () => {
  const maize = { ...LISTED, crop: { id: "maize", name: "Maize" } };
  expect(rowOf({ crop: "bean", diagnosis: maize })).toMatchObject({ crop: "bean" });
});

it("says of what a probability is where no condition is named, of an older answer what was sent then", () => {
  const probability = "0.84";
  expect(rowOf({ diagnosis: LISTED })).toMatchObject({ condition: "", coarse: "bean: sick", grade: "one_of", listed: "bean.rust bean.spot", probability });
  const { grade: _, ...older } = OLDER as OlderDiagnosis & { grade?: unknown };
  expect(rowOf({ diagnosis: older })).toMatchObject({ condition: "", coarse: "bean: leaf_spot", probability });
});

it.each([
  ["dry, sandy", '"dry, sandy"'],
  ['the "old" field', '"the ""old"" field"'],
  ["=1+1", "'=1+1"],
  ["-5 plants", "'-5 plants"],
  ["@home", "'@home"],
  ["two\nlines", '"two\nlines"'],
])("writes the note %j as %j", (note, written) => {
  expect(rowOf({ note })["note"]).toBe(written);
});

it.each([
  ["Upper farm", "Upper farm 2026-11-27.csv"],
  ["../a:b", ".. a b 2026-11-27.csv"],
  ["", "visit 2026-11-27.csv"],
  ["উপরের খামার", "উপরের খামার 2026-11-27.csv"],
])("names the file of the visit %j %j", (title, name) => {
  expect(fileNameOf({ ...VISIT, title }, "csv")).toBe(name);
});

it("breaks and escapes the lines of a calendar as RFC 5545 says", () => {
  const long = "উপরের খামার; a\\b, c\nd ".repeat(9);
  const calendar = calendarOf(VISIT.id, "2026-12-31", long, "");
  const lines = calendar.split("\r\n");
  expect(lines.at(-1)).toBe("");
  expect(Math.max(...lines.map((line) => new TextEncoder().encode(line).length))).toBeLessThanOrEqual(75);
  expect(calendar.replaceAll("\r\n", "")).not.toMatch(/[\r\n\ufffd]/);
  const summary = /^SUMMARY:(.*)$/m.exec(calendar.replaceAll("\r\n ", ""))?.[1]?.trimEnd();
  expect(summary?.replaceAll("\\n", "\n").replaceAll(/\\([\\;,])/g, "$1")).toBe(long.trimEnd());
  expect(lines).toContain("DTSTART;VALUE=DATE:20261231");
  expect(lines).toContain("DTEND;VALUE=DATE:20270101");
});

it.each([
  ["in its visit", "v", "w", true],
  ["to its worker outside of visits", null, "w", true],
  ["in another visit of its worker", "other", "w", false],
  ["to another worker", null, "other", false],
  ["without a worker", null, null, false],
])("shows an unasked photo of a visit %s: %s, %s: %s", (_about, visit, worker, isShown) => {
  const now = { visit, worker: worker === null ? null : ({ worker } as FieldWorker) };
  expect(isShownIn({ of: { visit: "v", owner: "w" } }, now)).toBe(isShown);
  expect(isShownIn({ of: null }, now)).toBe(true);
});

it("holds what is written until it is stored, and no longer, for another phone may write something else", () => {
  const record = { plot: "3", note: "" };
  const written = { note: "holes" };
  expect(unstored(written, record)).toBe(written);
  expect(unstored({ plot: "4", note: "holes" }, { ...record, note: "holes" })).toEqual({ plot: "4" });
  expect(unstored(written, { ...record, note: "holes" })).toEqual({});
});
