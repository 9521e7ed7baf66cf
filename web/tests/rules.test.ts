/** The phone's copy of the rules against what the service's own come to. */

import { describe, expect, it } from "vitest";
import { type Diagnosis, graded, listed, type OlderDiagnosis } from "../src/decision/diagnosis";
import { applyHead, readHead } from "../src/decision/head";
import { isUnderstood, migrated } from "../src/decision/manifest";
import { measure, reasonsToRetake } from "../src/decision/quality";
import { plan } from "../src/decision/practice";
import { chooseQuestion, type Reply, withReply } from "../src/decision/question";
import { conclude, leadingClass, pool } from "../src/decision/rules";
import { readGolden } from "./golden";

const USED = { used: true, retake: [], error: null };

describe.each(readGolden())("%s", (_, golden) => {
  const { tolerance } = golden;
  const manifest = migrated(golden.manifest);

  it("is understood, and has cases for every outcome", () => {
    expect(isUnderstood({ ...golden.manifest, head_file: "" })).toBe(true);
    const outcomes = new Set(golden.decisions.map((one) => one.expected.outcome));
    // Without numbers of its own, a bundle never says that a leaf is healthy.
    const healthy = Object.keys(manifest.rules.grading.healthy ?? {}).length > 0 ? ["healthy"] : [];
    expect([...outcomes].sort()).toEqual(["condition", ...healthy, "not_a_plant", "uncertain", "unknown_plant"]);
  });

  it.each(golden.decisions.map((one, at) => [`${at} ${one.about}`, one] as const))("decides %s", (_name, one) => {
    const photos = one.photos.map((photo) => Float32Array.from(photo));
    const found = conclude(photos, photos.map(() => USED), one.crop_hint, manifest);
    const { outcome, grade, why, crop, in_list } = one.expected;
    expect(found).toMatchObject({ outcome, grade, why, crop, in_list });
    for (const name of ["probability", "looks_sick"] as const) {
      expect(found[name] === null).toBe(one.expected[name] === null);
      expect(Math.abs((found[name] ?? 0) - (one.expected[name] ?? 0))).toBeLessThanOrEqual(tolerance.decided);
    }
    for (const name of ["ranked", "crops"] as const) sameOrder(found[name], one.expected[name], tolerance.decided);
    const leading = leadingClass(found, manifest);
    expect(leading === null ? undefined : manifest.classes[leading]?.id).toBe(listed(found)[0]?.id);
  });

  it.each(golden.questions.map((one, at) => [at, one] as const))("asks and weighs replies as in vector %i", (_at, one) => {
    const { question } = one;
    const known = { [question.condition]: { [question.against]: question } };
    const { condition, against, ratio } = question;
    expect(chooseQuestion(one, (condition) => known[condition])).toEqual(one.asked ? { condition, against, ratio, reply: null } : null);
    for (const [reply, { probability, ranked, ...expected }] of Object.entries(one.replied)) {
      const found = withReply({ ...one, probability: 0.5, looks_sick: null }, { ...question, reply: reply as Reply });
      expect(found).toMatchObject(expected);
      expect(Math.abs((found.probability ?? 0) - (probability ?? 0))).toBeLessThanOrEqual(tolerance.decided);
      sameOrder(found.ranked, ranked, tolerance.decided);
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

  it("refuses a case without photos", () => {
    expect(() => pool([])).toThrow(RangeError);
  });
});

it("takes from an older manifest the troubles that no class stands for", () => {
  const [rust, mould] = ["bean.rust", "bean.mould"].map((id) => ({ id, name: id, crop: "bean", parent: null, kind: "fungus" }));
  const rules = { thresholds: { reject: 0.4, coarse: 0.7 }, blind_spots: { bean: [rust!, mould!], maize: [] }, hint_factor: 0.1, quality: { min_side_px: 1, min_luminance: 1, min_sharpness: 1 } };
  const older = { schema_version: 2, version: "1", model: { sha256: "", size_bytes: 0 }, crops: [], classes: [rust!], rules, file: "" };
  const { other_troubles, rules: today } = migrated(older);
  expect([other_troubles, today.reject, today.shows, today.grading.lists.length]).toEqual([{ bean: [mould] }, 0.4, 0.7, 3]);
});

describe("an answer that an older app has kept", () => {
  const named = (id: string, probability: number) => ({ id, name: id, crop: id.split(".")[0]!, crop_name: "", probability });
  const [rust, spot, blight] = [named("bean.rust", 0.5), named("bean.spot", 0.3), named("maize.blight", 0.2)];
  const older: OlderDiagnosis = {
    outcome: "uncertain", condition: null, coarse: null, confidence: null, candidates: [rust, spot, blight], photos: [], crop_hint: "bean", model_version: "1",
  };
  const ids = (answer: Diagnosis): readonly string[] => listed(answer).map(({ id }) => id);

  it("is taken over with what it named, its set, or what it could be", () => {
    const sure = graded({ ...older, outcome: "condition", condition: rust });
    expect([sure.grade, ids(sure), sure.probability]).toEqual(["probably", ["bean.rust"], 0.5]);
    const set = graded({ ...older, one_of: { conditions: [spot, rust], blind_spots: [{ id: "bean.mould", name: "mould" }] } });
    expect([set.grade, ids(set), set.other_troubles.length]).toEqual(["one_of", ["bean.spot", "bean.rust"], 1]);
    const unsure = graded(older);
    expect([unsure.grade, ids(unsure)]).toEqual(["not_clear", ["bean.rust", "bean.spot"]]);
    const other = graded({ ...older, coarse: { crop: "maize", parent: null, sick: true, probability: 0.9 } });
    expect([other.why, ids(other), other.crops[0]?.id]).toEqual(["another_crop", [], "maize"]);
    expect(graded({ ...older, outcome: "not_a_plant" }).grade).toBeNull();
  });

  it("stays as it is where it has a grade", () => {
    const answer = graded({ ...older, outcome: "condition", condition: rust });
    expect(graded(answer)).toBe(answer);
    expect(graded({ ...older, ...answer, grade: "most_likely" }).grade).toBe("most_likely");
  });
});

/** Of two that are equally likely, either may stand first. */
function sameOrder(found: readonly { id: string; probability: number }[], wanted: readonly { id: string; probability: number }[], within: number): void {
  expect(found.length).toBe(wanted.length);
  found.forEach((one, at) => {
    const here = wanted[at]!.probability;
    expect(Math.abs(one.probability - here)).toBeLessThanOrEqual(within);
    const isTied = [at - 1, at + 1].some((other) => Math.abs((wanted[other]?.probability ?? -1) - here) <= 2 * within);
    if (!isTied) expect(one.id).toBe(wanted[at]?.id);
  });
}
