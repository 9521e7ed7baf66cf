/** What a verdict tells the service, which may have answered otherwise than the phone. */

import { expect, it } from "vitest";
import { type Case, newCase } from "../src/store/case";
import type { Diagnosis, Named } from "../src/decision/diagnosis";
import { verdictOn } from "../src/store/sending";

const RUST: Named = { id: "bean.rust", name: "Bean rust", crop: "bean", crop_name: "Bean", probability: 0.9 };

function judged(verdict: Case["verdict"], shown: Named | null, named: string | null): Case {
  const diagnosis = { condition: shown } as Diagnosis;
  const asked = { language: "sw", crop: null, photos: [], diagnosis, keepsPhotos: true, place: null, visit: null };
  return { ...newCase(asked), verdict, named };
}

it.each([
  ["right", RUST, "bean.rust", { verdict: "right" }],
  ["wrong", RUST, "bean.rust", { verdict: "wrong" }],
  ["wrong", null, null, { verdict: "wrong" }],
  // The phone was right, so the service was not.
  ["right", RUST, "bean.spot", { verdict: "wrong", condition: "bean.rust" }],
  ["right", RUST, null, { verdict: "wrong", condition: "bean.rust" }],
  // The phone was wrong, which says nothing about another answer.
  ["wrong", RUST, "bean.spot", null],
  ["right", null, "bean.rust", null],
  ["unsure", RUST, "bean.spot", { verdict: "unsure" }],
  [null, RUST, "bean.rust", null],
] as const)("%s, shown %o, named %s: %o", (verdict, shown, named, said) => {
  expect(verdictOn(judged(verdict, shown, named))).toEqual(said);
});
