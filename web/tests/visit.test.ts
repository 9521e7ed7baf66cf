/** The sheet of a visit as CSV: read by spreadsheets, which take some texts for formulas. */

import { expect, it } from "vitest";
import { newCase } from "../src/store/case";
import { csvOf } from "../src/store/visit";

const ASKED = { language: "sw", crop: "bean", photos: [], diagnosis: null, keepsPhotos: false, place: null, visit: "v" };

function linesOf(note: string): string[] {
  return csvOf([{ ...newCase(ASKED), plot: "3", note }]).split("\r\n");
}

it("begins with the mark of UTF-8 and names its columns", () => {
  expect(linesOf("")[0]).toBe("\ufefftime,plot,crop,outcome,condition,probability,right_of_ten,note,model");
});

it.each([
  ["dry, sandy", '"dry, sandy"'],
  ['the "old" field', '"the ""old"" field"'],
  ["=1+1", "'=1+1"],
  ["-5 plants", "'-5 plants"],
  ["@home", "'@home"],
  ["two\nlines", '"two\nlines"'],
])("writes the note %j as %j", (note, written) => {
  expect(linesOf(note)[1]).toContain(`,${written},`);
});

it("names the crop that was asked about where nothing was answered", () => {
  expect(linesOf("")[1]).toContain(",3,bean,,,,,,");
});
