/** When the phone answers by itself, and when it leaves a case to the service. */

import { expect, it, vi } from "vitest";
import type { Answering } from "../src/device/bundle";
import { examineAllTheSame, examineHere } from "../src/device/examine";
import type { Manifest } from "../src/decision/manifest";

const LIMITS = { min_side_px: 96, min_luminance: 60, min_sharpness: 25 };
const AS_IT_IS = { intercept: 0, slope: 1, field_variance: 0, crop_variance: 0 };
const GRADING = { lists: [AS_IT_IS, AS_IT_IS, AS_IT_IS], sick: AS_IT_IS, crop: AS_IT_IS };
const MANIFEST: Manifest = {
  schema_version: 1,
  version: "1",
  model: { sha256: "", size_bytes: 0 },
  crops: [{ id: "bean", name: "Bean" }],
  classes: [
    { id: "bean.rust", name: "bean rust", crop: "bean", parent: null, kind: "disease" },
    { id: "bean.spot", name: "bean spot", crop: "bean", parent: null, kind: "disease" },
    { id: "unknown_plant", name: "unknown plant", crop: null, parent: null, kind: "reject" },
    { id: "not_a_plant", name: "no plant", crop: null, parent: null, kind: "reject" },
  ],
  rules: { grading: GRADING, reject: 0.9, shows: 0.5, hint_factor: 0.1, quality: LIMITS },
  file: "",
};
const PREDICTION = { probabilities: Float32Array.of(1, 0, 0, 0), activation: Float32Array.of(1, 0, 0, 0), rows: 1, columns: 1, embedding: Float32Array.of(7) };
const PIXELS = { width: 1, height: 1, data: new Uint8Array(3) };

const GOOD = { pixels: PIXELS, quality: { sidePx: 300, luminance: 120, sharpness: 100 }, error: null };
const BLURRED = { ...GOOD, quality: { ...GOOD.quality, sharpness: 10 } };
const DARK = { ...GOOD, quality: { ...GOOD.quality, luminance: 10 } };
const UNREADABLE = { pixels: null, quality: null, error: "photo_unreadable" };
const BROKEN = { pixels: null, quality: null, error: "photo_unsupported" };

function answeringWith(predict: () => Promise<typeof PREDICTION>): Answering {
  return { manifest: MANIFEST, network: { predict } as unknown as Answering["network"], head: null };
}

const SOUND = answeringWith(async () => PREDICTION);
const STRANGER = answeringWith(async () => ({ ...PREDICTION, probabilities: Float32Array.of(0, 0, 1, 0) }));
const FAILING = answeringWith(() => Promise.reject(new Error("out of memory")));

it.each([
  ["a good photo", [GOOD], "condition"],
  ["a good photo beside one that only the service may open", [GOOD, UNREADABLE], "condition"],
  ["a dark photo", [DARK], "retake"],
  ["a dark photo beside one that only the service may open", [DARK, UNREADABLE], null],
  ["a dark photo beside one that nobody opens", [DARK, BROKEN], "retake"],
  ["one that only the service may open", [UNREADABLE], null],
])("%s: %s", async (_about, shots, outcome) => {
  const bundle = { answering: async () => SOUND, end: vi.fn() };
  expect((await examineHere(bundle, shots, null))?.diagnosis.outcome ?? null).toBe(outcome);
});

it.each([
  ["a blurred stranger", [BLURRED], STRANGER, "unknown_plant"],
  ["a dark stranger", [DARK], STRANGER, "retake"],
  ["a blurred leaf", [BLURRED], SOUND, "retake"],
  ["a blurred stranger beside one that only the service may open", [BLURRED, UNREADABLE], STRANGER, null],
])("%s: %s", async (_about, shots, answering, outcome) => {
  const bundle = { answering: async () => answering, end: vi.fn() };
  expect((await examineHere(bundle, shots, null))?.diagnosis.outcome ?? null).toBe(outcome);
});

it("lets a blurred photo say nothing beside a good one", async () => {
  const answers = [Float32Array.of(0, 0, 1, 0), Float32Array.of(1, 0, 0, 0)];
  const answering = answeringWith(async () => ({ ...PREDICTION, probabilities: answers.shift() ?? Float32Array.of(0, 0, 0, 1) }));
  const examined = await examineHere({ answering: async () => answering, end: vi.fn() }, [BLURRED, GOOD], null);
  expect(examined?.diagnosis.ranked[0]?.id).toBe("bean.rust");
  expect(examined?.heatmaps.map((one) => one !== null)).toEqual([false, true]);
});

it("ends a network that has failed, and asks the next", async () => {
  const networks = [FAILING, SOUND];
  const end = vi.fn(() => void networks.shift());
  const examined = await examineHere({ answering: async () => networks[0] ?? null, end }, [GOOD], null);
  expect(examined?.diagnosis.ranked[0]?.id).toBe("bean.rust");
  expect(end.mock.calls).toEqual([[FAILING]]);
});

it("leaves to the service what two networks do not answer", async () => {
  const end = vi.fn();
  expect(await examineHere({ answering: async () => FAILING, end }, [GOOD], null)).toBeNull();
  expect(end).toHaveBeenCalledTimes(2);
});

it("says what a district's head sees", async () => {
  const head = vi.fn(() => Float32Array.of(0.05, 0.95, 0, 0));
  const examined = await examineHere({ answering: async () => ({ ...SOUND, head }), end: vi.fn() }, [GOOD], "bean");
  expect(head.mock.calls).toEqual([[PREDICTION.embedding]]);
  expect(examined?.diagnosis).toMatchObject({ grade: "most_likely", ranked: [{ id: "bean.spot" }, { id: "bean.rust" }] });
});

it("names nothing where a photo was asked about that is too dark", async () => {
  const shot = { ...DARK, retake: ["too_dark"] } as unknown as Parameters<typeof examineAllTheSame>[1][number];
  const examined = await examineAllTheSame({ answering: async () => SOUND, end: vi.fn() }, [shot], "bean");
  expect(examined?.diagnosis).toMatchObject({ outcome: "uncertain", photos: [{ used: true, retake: ["too_dark"] }] });
  expect(examined?.diagnosis.grade).not.toMatch(/likely|probably/);
});
