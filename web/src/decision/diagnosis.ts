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

export interface PhotoResult {
  readonly used: boolean;
  readonly retake: readonly RetakeReason[];
  readonly error: string | null;
}

export interface Diagnosis {
  readonly outcome: Outcome;
  readonly condition: Named | null;
  readonly coarse: Coarse | null;
  readonly confidence: Confidence | null;
  readonly candidates: readonly Named[];
  readonly photos: readonly PhotoResult[];
  readonly crop_hint: string | null;
  readonly model_version: string;
}

/** Where no crop leaf was seen, or no photo looked at, there is nothing to compare. */
export const OUTCOMES_WITH_CANDIDATES: readonly Outcome[] = ["healthy", "condition", "uncertain"];
/** Spraying on a wrong answer costs money and poison. */
export const OUTCOMES_WITH_CAUTION: readonly Outcome[] = ["condition", "uncertain", "unknown_plant"];
export const OUTCOMES_WITH_ADVICE: readonly Outcome[] = ["condition", "healthy"];
