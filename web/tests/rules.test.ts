/** The phone's copy of the rules against what the service's own come to. */

import { describe, expect, it } from "vitest";
import { compared, type Diagnosis, type OneOf } from "../src/decision/diagnosis";
import { applyHead, readHead } from "../src/decision/head";
import { measure, reasonsToRetake } from "../src/decision/quality";
import { type AllEffects, plan } from "../src/decision/practice";
import { answerQuestion, chooseQuestion, type Reply } from "../src/decision/question";
import { conclude, leadingClass, pool } from "../src/decision/rules";
import { readGolden } from "./golden";

const USED = { used: true, retake: [], error: null };

describe.each(readGolden())("%s", (_, golden) => {
  const { manifest, tolerance } = golden;

  it("has cases for every outcome", () => {
    const outcomes = new Set(golden.decisions.map((one) => one.expected.outcome));
    expect([...outcomes].sort()).toEqual(["condition", "healthy", "not_a_plant", "uncertain", "unknown_plant"]);
  });

  it.each(golden.decisions.map((one, at) => [`${at} ${one.about}`, one] as const))("decides %s", (_name, one) => {
    const photos = one.photos.map((photo) => Float32Array.from(photo));
    const { outcome, condition, coarse, one_of, for_workers, confidence, candidates } = conclude(
      photos,
      photos.map(() => USED),
      one.crop_hint,
      manifest,
    );
    const { expected } = one;
    expect(outcome).toBe(expected.outcome);
    expect(confidence).toEqual(expected.confidence);
    expect(for_workers?.id).toBe(expected.for_workers?.id);
    for (const [found, wanted] of [[condition, expected.condition] as const, [coarse, expected.coarse] as const]) {
      expect(withoutProbability(found)).toEqual(withoutProbability(wanted));
      expect(Math.abs((found?.probability ?? 0) - (wanted?.probability ?? 0))).toBeLessThanOrEqual(tolerance.decided);
    }
    const withoutProbabilities = (found: OneOf | null | undefined) =>
      found && { ...found, conditions: found.conditions.map(withoutProbability) };
    expect(withoutProbabilities(one_of)).toEqual(withoutProbabilities(expected.one_of));
    expect(candidates.length).toBe(expected.candidates.length);
    candidates.forEach((found, at) => {
      const wanted = expected.candidates[at]!;
      expect(Math.abs(found.probability - wanted.probability)).toBeLessThanOrEqual(tolerance.decided);
      // Of two that are equally likely, either may stand first.
      if (!isTied(expected.candidates, at, tolerance.decided)) expect(found.id).toBe(wanted.id);
    });
  });

  it("promises nothing where the photos show different plants", () => {
    const photos = manifest.crops.map(({ id }) => ({ ...USED, shows: id }));
    const sure = golden.decisions.filter(({ expected }) => expected.confidence !== null);
    const said = sure.map((one) => conclude(one.photos.map((photo) => Float32Array.from(photo)), photos, one.crop_hint, manifest));
    expect(new Set(said.map(({ confidence }) => confidence))).toEqual(new Set([null]));
  });

  it.each(golden.questions.map((one, at) => [at, one] as const))("asks and weighs replies as in vector %i", (_at, one) => {
    const { question } = one;
    const known = { [question.condition]: { [question.against]: question } };
    expect(chooseQuestion(one, (condition) => known[condition])).toEqual(one.asked ? question : null);
    for (const [reply, likelier] of Object.entries(one.likelier)) {
      expect(answerQuestion(one, question, reply as Reply)).toEqual({ ...question, reply, likelier });
    }
  });

  it.each(golden.practices.cases.map((one, at) => [at, one] as const))("says what to do today as in vector %i", (_at, one) => {
    expect(plan(one, golden.practices.practices, golden.practices.effects)).toEqual(one.expected);
  });

  it.each(golden.heads.map((one, at) => [at, one] as const))("applies the head as in vector %i", (_at, one) => {
    const content = Uint8Array.from(Buffer.from(golden.head, "base64")).buffer;
    const head = readHead(content, manifest.model.network ?? "");
    const found = applyHead(head, Float32Array.from(one.embedding));
    one.probabilities.forEach((wanted, at) => expect(Math.abs((found[at] ?? 0) - wanted)).toBeLessThanOrEqual(tolerance.decided));
    expect(() => readHead(content, "another")).toThrow(RangeError);
  });

  it.each(golden.pictures.map((one) => [one.about, one] as const))("measures %s", (_name, one) => {
    const quality = measure({ width: one.width, height: one.height, data: Buffer.from(one.pixels, "base64") });
    expect(quality.sidePx).toBe(one.expected.side_px);
    expect(Math.abs(quality.luminance - one.expected.luminance)).toBeLessThanOrEqual(tolerance.luminance);
    const off = Math.abs(quality.sharpness - one.expected.sharpness);
    expect(off).toBeLessThanOrEqual(tolerance.sharpness * one.expected.sharpness + 0.01);
    expect(reasonsToRetake(quality, manifest.rules.quality)).toEqual(one.expected.retake);
  });
});

describe("without vectors", () => {
  it("pools to the normalised geometric mean", () => {
    const pooled = pool([Float32Array.of(0.9, 0.1), Float32Array.of(0.4, 0.6)]);
    const [first, second] = [Math.sqrt(0.9 * 0.4), Math.sqrt(0.1 * 0.6)];
    expect(pooled[0]).toBeCloseTo(first / (first + second), 6);
  });

  it("refuses a case without photos, and a crop that the bundle does not know", () => {
    expect(() => pool([])).toThrow(RangeError);
  });
});

it("names the leading class only where a condition leads", () => {
  for (const [, { manifest, decisions }] of readGolden()) {
    for (const one of decisions) {
      const diagnosis = conclude(one.photos.map((photo) => Float32Array.from(photo)), [USED], one.crop_hint, manifest);
      const position = leadingClass(diagnosis, manifest);
      expect(position === null).toBe(compared(diagnosis).length === 0);
      if (position !== null) {
        const leading = diagnosis.condition ?? diagnosis.candidates[0];
        expect(manifest.classes[position]?.id).toBe(leading?.id);
      }
    }
  }
});

function withoutProbability<Found extends { probability: number }>(found: Found | null) {
  if (found === null) return null;
  const { probability: _, ...rest } = found;
  return rest;
}

function isTied(these: readonly { probability: number }[], at: number, within: number): boolean {
  const here = these[at]?.probability ?? 0;
  return [at - 1, at + 1].some((other) => Math.abs((these[other]?.probability ?? -1) - here) <= 2 * within) || at === these.length - 1;
}

it("does no more for what the office knows where the service does not say what that is", () => {
  const practice = { reversible: true, free: true };
  const practices = [{ ...practice, id: "pull", harmless: false }, { ...practice, id: "wash", harmless: true }];
  const effects = Object.fromEntries(
    ["bean.rust", "bean.spot"].map((id) => [id, { parent: "fungal", urgent: false, confused_with: [], view: "leaf", helps: ["pull", "wash"], indifferent: [] }]),
  ) as unknown as AllEffects;
  const photos = [{ used: true, retake: [], error: null, shows: "bean" }];
  const answer = { outcome: "uncertain", coarse: null, one_of: null, candidates: [], photos, crop_hint: "bean", for_workers: null } as unknown as Diagnosis;
  const ids = (one: Diagnosis) => plan(one, practices, effects).practices.map(({ id }) => id);
  expect(ids(answer)).toEqual(["pull", "wash"]);
  expect(ids({ ...answer, office_knows: true })).toEqual(["wash"]);
});
