/** What is said, with names and numbers filled in. */

import { describe, expect, it } from "vitest";
import { type Diagnosis, doubtsCrop } from "../src/decision/diagnosis";
import { spokenText } from "../src/part/read_aloud";
import { type Advice, ENGLISH, type Texts } from "../src/text/texts";
import { Wording } from "../src/text/wording";

const KISWAHILI: Texts = {
  ...ENGLISH,
  language: { tag: "sw", name: "Kiswahili", direction: "ltr" },
  names: { crops: { bean: { name: "Maharage", local: [] } }, conditions: {}, parents: { rust: "kutu" } },
  interface: {
    "%(crop)s: probably %(trouble)s, type unclear": "%(crop)s: aina ya %(trouble)s",
    "%(count)d photos_one": "picha moja",
    "%(count)d photos_other": "picha %(count)d",
  },
};
const COARSE = { crop: "bean", parent: "rust", sick: true, statement: "Common bean: some rust", probability: 0.8 };

describe("a sentence", () => {
  it("is English where it has no translation", () => {
    expect(new Wording(KISWAHILI).say("Not sure")).toBe("Not sure");
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

const UNSURE: Diagnosis = {
  outcome: "uncertain",
  condition: null,
  coarse: COARSE,
  confidence: null,
  candidates: [],
  photos: [],
  crop_hint: null,
  model_version: "1",
};

it("says a coarser statement with the names of the language, and in English where one is missing", () => {
  expect(new Wording(KISWAHILI).headline(UNSURE)).toBe("Maharage: aina ya kutu");
  expect(new Wording(ENGLISH).headline(UNSURE)).toBe("Common bean: some rust");
});

it("asks about the crop where nothing of it was seen, and not where another one was", () => {
  const bean = { id: "bean.rust", name: "rust", crop: "bean", crop_name: "Bean", probability: 0.01 };
  const of = (given: Partial<Diagnosis>) => doubtsCrop({ ...UNSURE, coarse: null, crop_hint: "bean", candidates: [bean], ...given });
  expect(of({})).toBe(true);
  const others = [{ crop_hint: null }, { coarse: { ...COARSE, crop: "tomato" } }, { candidates: [{ ...bean, probability: 0.3 }] }];
  expect(others.map(of)).toEqual([false, false, false]);
});

it("says what it may be, and promises of it what was measured", () => {
  const words = new Wording(ENGLISH);
  const named = (id: string) => ({ id, name: id, crop: "bean", crop_name: "Bean", probability: 0.4 });
  const confidence = { right: 9, answered: 10, right_of_ten: 6 };
  const ofThese = (...ids: string[]) => ({ ...UNSURE, one_of: { conditions: ids.map(named), blind_spots: [], confidence } });
  expect(words.headline(ofThese("bean.a", "bean.b"))).toContain("Bean.a or Bean.b");
  expect(words.trust(ofThese("bean.a"))).toContain("6");
  expect([words.trust(ofThese("bean.healthy")), words.trust(UNSURE)]).toEqual(["", ""]);
  // Whoever hears it or gets it from others, too.
  expect(spokenText(words, ofThese("bean.a"), undefined, [])).toContain(words.somethingElse());
  const set = ofThese("bean.a", "bean.b");
  const blind = { ...set, one_of: { ...set.one_of, blind_spots: [{ id: "bean.c", name: "bean mould" }] } };
  expect(spokenText(words, blind, undefined, [])).toContain("bean mould");
  const virus = { product: "no_cure", today: [] } as unknown as Advice;
  expect(spokenText(words, { ...UNSURE, outcome: "condition" }, virus, [])).toContain(words.caution(virus));
});

it("asks for the crop where only a named crop has a promise", () => {
  const words = new Wording(ENGLISH);
  expect(words.confidence(UNSURE)).toContain("crop");
  expect(words.confidence({ ...UNSURE, crop_hint: "bean" })).toBe(words.notMeasured());
  expect(words.confidence({ ...UNSURE, confidence: { right: 9, answered: 10, right_of_ten: 6 } })).toContain("6");
});

it("does not say that it knows the very crop that the sender named and it did not see", () => {
  const bean = { id: "bean", name: "Common bean" };
  const unknown: Diagnosis = { ...UNSURE, outcome: "unknown_plant", coarse: null };
  const words = new Wording(KISWAHILI);
  const named = words.explanation({ ...unknown, crop_hint: "bean" }, [bean]);
  expect(named).toContain("Maharage");
  expect(named).not.toBe(words.explanation(unknown, [bean]));
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
