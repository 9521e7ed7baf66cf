/** The ranked answer for one case, in the very form in which the service gives it (`majani/decision/diagnosis.py`). */

import type { Grade } from "./grades";
import type { NamedId } from "./manifest";

export type Outcome = "healthy" | "condition" | "uncertain" | "unknown_plant" | "not_a_plant" | "retake";
export type RetakeReason = "too_small" | "too_dark" | "blurred";
/** Why nothing is named. */
export type Why = "which_crop" | "another_crop" | "several_plants" | "few_known" | "unlike";

export interface Named {
  readonly id: string;
  readonly name: string;
  readonly crop: string;
  readonly crop_name: string;
  readonly probability: number;
}

export interface LikelyCrop extends NamedId {
  readonly probability: number;
}

export interface PhotoResult {
  readonly used: boolean;
  readonly retake: readonly RetakeReason[];
  readonly error: string | null;
  /** Crop or reject class that this photo alone clearly shows; answers from before this was kept have none. */
  readonly shows?: string | null;
}

export interface Diagnosis {
  readonly outcome: Outcome;
  /** How plainly it is said; null where no crop was seen, or no photo could be used. */
  readonly grade: Grade | null;
  readonly why: Why | null;
  /** That the truth is what is named or, where nothing is, in the list. */
  readonly probability: number | null;
  /** That the answer is about. */
  readonly crop: NamedId | null;
  /** All conditions of this crop, the likeliest first. */
  readonly ranked: readonly Named[];
  /** How many of these are said to be compared. */
  readonly in_list: number;
  /** Of this crop, what no photo can be told from. */
  readonly other_troubles: readonly NamedId[];
  /** Probability that the plant is sick, where nothing is named. */
  readonly looks_sick: number | null;
  /** The crop that the photos show instead of the named one, or those that they leave. */
  readonly crops: readonly LikelyCrop[];
  readonly photos: readonly PhotoResult[];
  readonly crop_hint: string | null;
  readonly model_version: string;
  readonly district?: string | null;
}

type Told = Pick<Diagnosis, "outcome" | "photos" | "crop_hint" | "model_version" | "district">;

/** What 0.1.0 to 0.3.0 have kept, and their services answer. */
export interface OlderDiagnosis extends Told {
  readonly condition: Named | null;
  readonly coarse: { readonly crop: string; readonly parent: string | null; readonly sick: boolean; readonly probability: number } | null;
  readonly confidence: { readonly right_of_ten: number } | null;
  readonly one_of?: { readonly conditions: readonly Named[]; readonly blind_spots: readonly NamedId[] } | null;
  readonly candidates: readonly Named[];
}

export const UNKNOWN_PLANT = "unknown_plant";
export const NOT_A_PLANT = "not_a_plant";
/** Spraying on a wrong answer costs money and poison. */
export const OUTCOMES_WITH_CAUTION: readonly Outcome[] = ["condition", "uncertain", "unknown_plant"];

/** More photos of one plant teach little more. */
const ENOUGH_PHOTOS = 3;

export const NOTHING_SAID = {
  grade: null,
  why: null,
  probability: null,
  crop: null,
  ranked: [],
  in_list: 0,
  other_troubles: [],
  looks_sick: null,
  crops: [],
} as const;

export function isRejectClass(id: string): boolean {
  return id === UNKNOWN_PLANT || id === NOT_A_PLANT;
}

export function isHealthy({ id }: Pick<Named, "id">): boolean {
  return id.endsWith(".healthy");
}

/** What is named. A leaf that is only probably healthy is not: no sign was seen of what is known. */
export function conditionOf({ outcome, ranked }: Pick<Diagnosis, "outcome" | "ranked">): Named | null {
  return outcome === "healthy" || outcome === "condition" ? (ranked[0] ?? null) : null;
}

/** What is to be compared with the leaf, the likeliest first. */
export function listed({ ranked, in_list }: Pick<Diagnosis, "ranked" | "in_list">): readonly Named[] {
  return ranked.slice(0, in_list);
}

/** All crops that single photos clearly show; more than one if the photos are of different plants. */
export function cropsShown({ photos }: Pick<Diagnosis, "photos">): readonly string[] {
  const seen = photos.map((photo) => photo.shows ?? null).filter((one) => one !== null);
  return [...new Set(seen)].filter((one) => !isRejectClass(one));
}

/** Whether photos of other leaves are still to be asked for. */
export function needsPhotos({ grade, photos }: Pick<Diagnosis, "grade" | "photos">): boolean {
  return grade !== null && grade !== "most_likely" && photos.filter(({ used }) => used).length < ENOUGH_PHOTOS;
}

export function isOlder(answer: Diagnosis | OlderDiagnosis): answer is OlderDiagnosis {
  return "candidates" in answer && !("grade" in answer);
}

/** An answer in today's form; one with thresholds gets the grade that comes nearest. */
export function graded(answer: Diagnosis | OlderDiagnosis): Diagnosis {
  if (!isOlder(answer)) return answer;
  const { outcome, photos, crop_hint, model_version, district = null, condition, coarse, one_of, candidates } = answer;
  const kept = { ...NOTHING_SAID, outcome, photos, crop_hint, model_version, district };
  if (coarse !== null && crop_hint !== null && crop_hint !== coarse.crop) {
    const { crop: id, probability } = coarse;
    return { ...kept, grade: "not_clear", why: "another_crop", crops: [{ id, name: id, probability }] };
  }
  if (!["healthy", "condition", "uncertain"].includes(outcome)) return kept;
  const about = crop_hint ?? (coarse ?? condition ?? candidates[0])?.crop;
  const said = condition === null ? (one_of?.conditions ?? []) : [condition];
  const others = candidates.filter(({ crop, id }) => crop === about && !said.some((one) => one.id === id));
  const ranked = [...said, ...others];
  const [first] = ranked;
  const found = {
    ...kept,
    ranked,
    other_troubles: one_of?.blind_spots ?? [],
    crop: first === undefined ? null : { id: first.crop, name: first.crop_name },
  };
  if (condition !== null) return { ...found, grade: "probably", in_list: 1, probability: condition.probability };
  if (one_of) return { ...found, grade: "one_of", in_list: said.length };
  return { ...found, grade: "not_clear", in_list: Math.min(ranked.length, 3) };
}

/** Four digits. */
export function rounded(probability: number): number {
  return Number(probability.toFixed(4));
}
