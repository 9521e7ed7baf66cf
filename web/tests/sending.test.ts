/** What a verdict tells the service, which may have answered otherwise than the phone. */

import { afterEach, expect, it, vi } from "vitest";
import { type Case, newCase } from "../src/store/case";
import type { Diagnosis, Named, Outcome } from "../src/decision/diagnosis";
import { tell, verdictOn } from "../src/store/sending";

const RUST: Named = { id: "bean.rust", name: "Bean rust", crop: "bean", crop_name: "Bean", probability: 0.9 };

afterEach(() => vi.unstubAllGlobals());

/** What was named, or nothing. */
function shown(condition: Named | null): Partial<Diagnosis> {
  return condition === null ? { outcome: "uncertain", ranked: [], in_list: 0 } : { outcome: "condition", ranked: [condition], in_list: 1 };
}

function judged(verdict: Case["verdict"], diagnosis: Partial<Diagnosis>, answer: Partial<Case>): Case {
  const asked = { language: "sw", crop: null, photos: [], keepsPhotos: true, place: null, visit: null };
  return { ...newCase({ ...asked, diagnosis: diagnosis as Diagnosis }), verdict, ...answer };
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
] as const)("%s, shown %o, named %s: %o", (verdict, condition, named, said) => {
  expect(verdictOn(judged(verdict, shown(condition), { named }))).toEqual(said);
});

it("takes what a reply has named as one of the list", () => {
  const spot = { ...RUST, id: "bean.spot", probability: 0.4 };
  const list = { outcome: "uncertain", grade: "one_of", ranked: [{ ...RUST, probability: 0.55 }, spot], in_list: 2 } as const;
  const question = { condition: "bean.rust", against: "bean.spot", ratio: 4, reply: "yes" } as const;
  expect(verdictOn(judged("right", list, { question, named: null }))).toEqual({ verdict: "right", condition: "bean.rust" });
});

it.each([
  ["right", "unknown_plant", "unknown_plant", { verdict: "right" }],
  ["right", "unknown_plant", "uncertain", null],
  ["wrong", "uncertain", "not_a_plant", null],
  // From before it was kept.
  ["right", "unknown_plant", undefined, { verdict: "right" }],
] as const)("%s, shown as %s, concluded as %s: %o", (verdict, outcome: Outcome, concluded, said) => {
  const answer = concluded === undefined ? {} : { concluded };
  const { concluded: _, ...one } = judged(verdict, { ...shown(null), outcome }, {});
  expect(verdictOn({ ...one, ...answer })).toEqual(said);
});

it.each([
  ["kept", Response.json({ verdict: "right" }), true],
  ["refused for good", Response.json({ code: "diagnosis_unknown" }, { status: 404 }), true],
  ["failed", Response.json({ code: "internal_error" }, { status: 500 }), false],
  ["too slow", Response.json({ code: "timeout" }, { status: 408 }), false],
  ["too large for a proxy", new Response("<p>No</p>", { status: 413 }), true],
  ["refused by a proxy", new Response("<p>No</p>", { status: 403 }), false],
  ["swallowed by a sign-in page", new Response("<p>Log in</p>"), false],
] as const)("a verdict that is %s", async (_about, answer, isHeard) => {
  vi.stubGlobal("fetch", async () => answer);
  expect(await tell({ id: "a", token: "t" }, "feedback", { verdict: "right" })).toBe(isHeard);
});
