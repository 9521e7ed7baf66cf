/** What is said, with names and numbers filled in. */

import { describe, expect, it } from "vitest";
import { type Diagnosis, type Named, NOTHING_SAID } from "../src/decision/diagnosis";
import type { Grade } from "../src/decision/grades";
import { type Said, spokenText } from "../src/part/read_aloud";
import { NO_SIGN, SOMETHING_ELSE, WHICH_CROP } from "../src/text/sentences";
import { type Advice, ENGLISH, type Texts } from "../src/text/texts";
import { Wording } from "../src/text/wording";

const KISWAHILI: Texts = {
  ...ENGLISH,
  language: { tag: "sw", name: "Kiswahili", direction: "ltr" },
  names: { crops: { bean: { name: "Maharage", local: [] } }, conditions: {}, parents: {} },
  interface: {
    "%(count)d photos_one": "picha moja",
    "%(count)d photos_other": "picha %(count)d",
  },
};

describe("a sentence", () => {
  it("is English where it has no translation", () => {
    expect(new Wording(KISWAHILI).say("Not clear")).toBe("Not clear");
  });

  it("leaves a placeholder as it is if nothing fills it", () => {
    expect(new Wording(ENGLISH).say("%(a)s and %(b)s", { a: "x" })).toBe("x and %(b)s");
  });

  it.each([
    [1, "picha moja"],
    [4, "picha 4"],
  ])("takes the form that goes with %d", (count, said) => {
    expect(new Wording(KISWAHILI).ngettext("%(count)d photo", "%(count)d photos", count)).toBe(said);
  });

  it("has English forms of its own", () => {
    expect(new Wording(ENGLISH).ngettext("%(count)d photo", "%(count)d photos", 1)).toBe("1 photo");
  });
});

describe("advice", () => {
  const NOBODY = { status: "machine_drafted", by: null, on: null } as const;
  const untranslated = "Not translated yet; this is the English text.";

  it.each([
    ["en", true],
    ["sw", false],
    // As services before it was sent.
    [undefined, false],
  ])("in %s says %s that it is not translated", (text_language, said) => {
    const advice = { review: NOBODY, text_review: NOBODY, text_language } as unknown as Advice;
    expect(new Wording(KISWAHILI).reviews(advice).includes(untranslated)).toBe(said);
  });
});

const UNSURE: Diagnosis = { ...NOTHING_SAID, outcome: "uncertain", photos: [], crop_hint: "bean", model_version: "1" };
const named = (id: string): Named => ({ id, name: id, crop: "bean", crop_name: "Bean", probability: 0.4 });
const [RUST, SPOT, HEALTHY] = ["bean.rust", "bean.spot", "bean.healthy"].map(named) as [Named, Named, Named];
const graded = (grade: Grade, first: Named, given: Partial<Diagnosis> = {}): Diagnosis => ({ ...UNSURE, grade, ranked: [first, SPOT], in_list: 2, probability: 0.69, ...given });
const ADVICE = { see: "Rusty dust. It comes off.", today: ["Pick off."], product: "none", review: {}, text_review: {}, confused_with: [] } as unknown as Advice;
const WORDS = new Wording(ENGLISH);

describe("an answer", () => {
  const spoken = (answer: Diagnosis, given: Partial<Said> = {}): string =>
    spokenText(WORDS, { title: WORDS.title(answer), answer, advice: ADVICE, isTaken: false, question: "", ...given }, []);

  it.each([
    ["most_likely", RUST, "condition", "Most likely", "Bean.rust"],
    ["probably", RUST, "condition", "", "Probably Bean.rust"],
    ["probably", HEALTHY, "uncertain", "", NO_SIGN],
    ["one_of", RUST, "uncertain", "", "Compare: is it Bean.rust or Bean.spot?"],
    ["not_clear", RUST, "uncertain", "Not clear", "Compare: is it Bean.rust or Bean.spot?"],
  ] as const)("that is %s about %o has its name in every headline", (grade, first, outcome, label, headline) => {
    const answer = graded(grade, first, { outcome });
    expect(WORDS.title(answer)).toEqual({ label, headline });
    expect(spoken(answer)).toContain(headline);
  });

  it("is about the crop where that is not clear", () => {
    expect(WORDS.title({ ...UNSURE, grade: "not_clear", why: "which_crop", crop_hint: null }).headline).toBe(WHICH_CROP);
    const another = { why: "another_crop", crops: [{ id: "maize", name: "Maize", probability: 0.9 }] } as const;
    expect(WORDS.title(graded("one_of", RUST, another))).toMatchObject({ label: expect.stringContaining("Maize"), headline: expect.stringContaining("Bean.rust") });
    // As older apps have kept it, without a list.
    expect(WORDS.title(graded("not_clear", RUST, { ...another, in_list: 0 })).headline).toContain("Maize");
  });

  it("is that after the reply, and what the person chose", () => {
    const question = { condition: SPOT.id, against: RUST.id, ratio: 4, reply: "yes" } as const;
    const one = { diagnosis: graded("one_of", RUST), question };
    expect(WORDS.titleOf(one)?.headline).toBe("Probably Bean.spot");
    expect(WORDS.titleOf({ ...one, chosen: "bean.rust" })?.headline).toBe("bean.rust");
  });

  it("counts how often it is right, never ten of ten", () => {
    expect(WORDS.sure(graded("probably", RUST))).toContain("6");
    expect(WORDS.sure(graded("one_of", RUST, { probability: 1 }))).toContain("9");
    expect(WORDS.sure({ ...UNSURE, probability: 0.9 })).toBe("");
  });

  it("says what to check first, what it could be besides, and warns of spraying once", () => {
    const other_troubles = [{ id: "bean.mould", name: "bean mould" }];
    const text = spoken(graded("probably", RUST, { outcome: "condition", other_troubles }));
    expect(text).toContain("Check first: Rusty dust.");
    expect(text).toContain("bean mould");
    expect(text).toContain(SOMETHING_ELSE);
    expect(text.split(WORDS.caution()).length).toBe(2);
    expect(spoken(graded("probably", HEALTHY))).not.toContain(WORDS.caution());
  });

  it("begins with what was wrong with the photo", () => {
    const photos = [{ used: true, retake: ["too_dark"], error: null }] as const;
    expect(spoken(graded("not_clear", RUST, { photos }))).toMatch(/^It is too dark/);
  });

  it("has all of the advice, and that nothing cures it, only where it is taken", () => {
    const virus = { ...ADVICE, product: "no_cure" };
    const sure = graded("most_likely", RUST, { outcome: "condition" });
    expect(spoken(sure, { advice: virus, isTaken: true })).toContain(`${WORDS.product(virus)} ${WORDS.caution()}`);
    expect(spoken(graded("one_of", RUST))).not.toContain("Pick off.");
  });
});

it("does not say that it knows the very crop that the sender named and it did not see", () => {
  const bean = { id: "bean", name: "Common bean" };
  const unknown: Diagnosis = { ...UNSURE, outcome: "unknown_plant" };
  const words = new Wording(KISWAHILI);
  const named = words.explanation(unknown, [bean]);
  expect(named).toContain("Maharage");
  expect(named).not.toBe(words.explanation({ ...unknown, crop_hint: null }, [bean]));
});

it.each([
  ["2026.05.03-0a1b2c3d", "Model of 3 May 2026 (0a1b2c3d)"],
  ["trial", "Model trial"],
])("says the model's version %s", (version, said) => {
  expect(new Wording(ENGLISH).modelName(version)).toBe(said);
});

it.each([
  [90, "90 days"],
  [1095, "3 years"],
  [500, "500 days"],
  [1000, "3 years"],
])("says how long %d days are", (days, said) => {
  expect(new Wording(ENGLISH).duration(days)).toBe(said);
});
