/** The ranked answer for one case, in the very form in which the service gives it (`majani/decision/diagnosis.py`). */

export type Outcome = "healthy" | "condition" | "uncertain" | "unknown_plant" | "not_a_plant" | "retake";
export type RetakeReason = "too_small" | "too_dark" | "blurred";

export interface Named {
  readonly id: string;
  readonly name: string;
  readonly crop: string;
  readonly crop_name: string;
  readonly probability: number;
}

export interface Coarse {
  readonly crop: string;
  readonly parent: string | null;
  readonly sick: boolean;
  readonly statement: string;
  readonly probability: number;
}

export interface Confidence {
  readonly right: number;
  readonly answered: number;
  readonly right_of_ten: number;
}

/** One to three conditions, one of which it is, or something else. */
export interface OneOf {
  readonly conditions: readonly Named[];
  readonly blind_spots: readonly { readonly id: string; readonly name: string }[];
  readonly confidence: Confidence;
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
  readonly condition: Named | null;
  readonly coarse: Coarse | null;
  /** Answers from before there were sets have none. */
  readonly one_of?: OneOf | null;
  /** What would be named if farmers might hear it, for extension workers alone; older answers have none. */
  readonly for_workers?: Named | null;
  /** At the service, whether there is such a one: it does not tell farmers which. */
  readonly office_knows?: boolean;
  readonly confidence: Confidence | null;
  readonly candidates: readonly Named[];
  readonly photos: readonly PhotoResult[];
  readonly crop_hint: string | null;
  readonly model_version: string;
}

export const UNKNOWN_PLANT = "unknown_plant";
export const NOT_A_PLANT = "not_a_plant";

export function isRejectClass(id: string): boolean {
  return id === UNKNOWN_PLANT || id === NOT_A_PLANT;
}

/** All crops that single photos clearly show; more than one if the photos are of different plants. */
export function cropsShown({ photos }: Pick<Diagnosis, "photos">): readonly string[] {
  const seen = photos.map((photo) => photo.shows ?? null).filter((one) => one !== null);
  return [...new Set(seen)].filter((one) => !isRejectClass(one));
}

/** Whether the photos show another crop than the sender named. Then nothing else is said of them. */
export function contradictsSender({ coarse, crop_hint: said }: Pick<Diagnosis, "coarse" | "crop_hint">): boolean {
  return coarse !== null && said !== null && coarse.crop !== said;
}

/** Where no crop leaf was seen, or no photo looked at, there is nothing to compare. */
const OUTCOMES_WITH_CANDIDATES: readonly Outcome[] = ["healthy", "condition", "uncertain"];

/** Whether the district has taught its workers what it is, and nobody yet what farmers should do. */
export function officeKnows({ for_workers, office_knows }: Pick<Diagnosis, "for_workers" | "office_knows">): boolean {
  return office_knows ?? (for_workers ?? null) !== null;
}

/** The candidates that a person may compare with the leaf. */
export function compared(diagnosis: Diagnosis): readonly Named[] {
  const isOfOneCrop = !contradictsSender(diagnosis) && cropsShown(diagnosis).length < 2;
  return isOfOneCrop && !officeKnows(diagnosis) && OUTCOMES_WITH_CANDIDATES.includes(diagnosis.outcome) ? diagnosis.candidates : [];
}

/** A candidate below this is noise to a reader. */
const MIN_LISTED_PROBABILITY = 0.02;
/** More photos of one plant teach little more. */
const ENOUGH_PHOTOS = 3;

/** What an unsure answer shows to be compared: the set that was proved, else what is not noise. */
export function listed(diagnosis: Diagnosis): readonly Named[] {
  if (cropsLeft(diagnosis).length > 0) return [];
  return diagnosis.one_of?.conditions ?? likely(diagnosis).filter(({ id }) => id !== diagnosis.condition?.id);
}

/** The crops that it may be, where the sender has named none and there are several: they come before any condition. */
export function cropsLeft(diagnosis: Diagnosis): readonly string[] {
  if (diagnosis.outcome !== "uncertain" || diagnosis.crop_hint !== null) return [];
  const crops = [...new Set(likely(diagnosis).map(({ crop }) => crop))];
  return crops.length > 1 ? crops : [];
}

/** Whether nothing of the named crop is seen in its photos: the crop may be a slip of the finger. */
export function doubtsCrop(diagnosis: Diagnosis): boolean {
  const { outcome, crop_hint, coarse } = diagnosis;
  const isOfOneCrop = !contradictsSender(diagnosis) && cropsShown(diagnosis).length < 2;
  return outcome === "uncertain" && crop_hint !== null && coarse === null && isOfOneCrop && !officeKnows(diagnosis) && listed(diagnosis).length === 0;
}

function likely(diagnosis: Diagnosis): readonly Named[] {
  return compared(diagnosis).filter(({ probability }) => probability >= MIN_LISTED_PROBABILITY);
}

/** No sign of what is known was seen; that is less than "healthy". */
export function isHealthyAlone({ conditions }: OneOf): boolean {
  return conditions.every(({ id }) => id.endsWith(".healthy"));
}

/** Whether photos of other leaves are still to be asked for. */
export function needsPhotos({ outcome, photos }: Pick<Diagnosis, "outcome" | "photos">): boolean {
  return outcome === "uncertain" && photos.filter(({ used }) => used).length < ENOUGH_PHOTOS;
}

/** Spraying on a wrong answer costs money and poison. */
export const OUTCOMES_WITH_CAUTION: readonly Outcome[] = ["condition", "uncertain", "unknown_plant"];
export const OUTCOMES_WITH_ADVICE: readonly Outcome[] = ["condition", "healthy"];
