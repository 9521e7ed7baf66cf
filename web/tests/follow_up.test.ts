import { describe, expect, it } from "vitest";
import type { Diagnosis } from "../src/decision/diagnosis";
import { type Case, newCase } from "../src/store/case";
import { hasFollowUp, isFollowUpDue, mayFollowUp } from "../src/store/follow_up";

const DAY_MS = 86_400_000;
const RUST = { id: "bean.rust", name: "Bean rust", crop: "bean", crop_name: "Bean", probability: 0.9 };
const DIAGNOSIS: Diagnosis = {
  outcome: "condition", condition: RUST, coarse: null, confidence: null, candidates: [RUST], photos: [], crop_hint: "bean", model_version: "",
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
    const healthy = { ...DIAGNOSIS, outcome: "healthy" } as const;
    const unsure = { ...DIAGNOSIS, outcome: "uncertain", condition: null } as const;
    const clear = { ...unsure, coarse: { crop: "bean", parent: null, sick: true, statement: "", probability: 0.9 } } as const;
    expect([{}, { diagnosis: clear }, { verdict: "wrong" as const, chosen: "bean.rust" }].map(may)).toEqual([true, true, true]);
    const shown = (shows: string) => ({ used: true, retake: [], error: null, shows });
    const another = { ...clear, crop_hint: "maize" };
    const two = { ...clear, crop_hint: null, photos: [shown("bean"), shown("maize")] };
    expect([unsure, another, two].map((diagnosis) => may({ diagnosis }))).toEqual([false, false, false]);
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
