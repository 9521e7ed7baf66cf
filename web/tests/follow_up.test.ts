import { describe, expect, it } from "vitest";
import { type Diagnosis, NOTHING_SAID } from "../src/decision/diagnosis";
import { type Case, newCase } from "../src/store/case";
import { hasFollowUp, isFollowUpDue, mayFollowUp } from "../src/store/follow_up";

const DAY_MS = 86_400_000;
const RUST = { id: "bean.rust", name: "Bean rust", crop: "bean", crop_name: "Bean", probability: 0.9 };
const DIAGNOSIS: Diagnosis = {
  ...NOTHING_SAID, outcome: "condition", grade: "probably", ranked: [RUST], in_list: 1, photos: [], crop_hint: "bean", model_version: "",
};
const ONE: Case = {
  ...newCase({ language: "en", crop: "bean", photos: [], diagnosis: DIAGNOSIS, keepsPhotos: false, place: null, visit: null }),
  createdAt: 0,
};

describe("what became of a plant", () => {
  it.each([[6.9, false], [7, true], [34.9, true], [35, false]])("is asked after %s days: %s", (days, isDue) => {
    expect(isFollowUpDue(ONE, days * DAY_MS)).toBe(isDue);
  });

  it("is asked where something was advised, and not of a worker's visit", () => {
    const may = (fields: Partial<Case>): boolean => mayFollowUp({ ...ONE, ...fields }, 8 * DAY_MS);
    const healthy = { ...DIAGNOSIS, outcome: "healthy", ranked: [{ ...RUST, id: "bean.healthy" }] } as const;
    const listed = { ...DIAGNOSIS, outcome: "uncertain", grade: "one_of" } as const;
    expect([{}, { diagnosis: listed }, { verdict: "wrong" as const, chosen: "bean.rust" }].map(may)).toEqual([true, true, true]);
    const others = [{ ...listed, why: "another_crop" }, { ...listed, in_list: 0 }] as const;
    expect(others.map((diagnosis) => may({ diagnosis }))).toEqual([false, false]);
    expect([{ diagnosis: healthy }, { diagnosis: null }, { verdict: "wrong" as const }, { visit: "v" }].map(may)).toEqual([false, false, false, false]);
  });

  it("goes to a service that has the case, once both are known", () => {
    const sent = { ...ONE, whereabouts: "sent" } as const;
    const followUp = { done: "yes", state: "same" } as const;
    expect([ONE, sent, { ...sent, followUp: { done: "no" } } as const, { ...ONE, followUp }].map(hasFollowUp)).toEqual([false, false, false, false]);
    expect(hasFollowUp({ ...sent, followUp })).toBe(true);
    expect(hasFollowUp({ ...sent, followUp, isFollowUpSent: true })).toBe(false);
  });
});
