/**
 * What of a bundle's manifest the phone reads. The service sends it as it was shipped (`GET /v1/model`); its full form
 * stands in `majani/model/bundle.py`.
 */

export interface NamedId {
  readonly id: string;
  readonly name: string;
}

/** One class of the model, at its position in the probability vector; reject classes have no crop. */
export interface ClassEntry extends NamedId {
  readonly crop: string | null;
  readonly parent: string | null;
  readonly kind: string | null;
  /** Absent where everybody may hear it: else `workers`, or `nobody` for what only takes a name's place. */
  readonly said_to?: string | null;
}

export interface Thresholds {
  readonly answer: number;
  readonly per_class: Readonly<Record<string, number>>;
  readonly reject: number;
  readonly coarse: number;
}

/** Below these a photo is sent back; luminance is 0..255, sharpness a variance at 256 px. */
export interface QualityLimits {
  readonly min_side_px: number;
  readonly min_luminance: number;
  readonly min_sharpness: number;
}

export interface ConfidenceBand {
  readonly min_probability: number;
  readonly right: number;
  readonly answered: number;
}

/** `alone` is absent where one condition is never said alone. */
export interface SetRule extends ConfidenceBand {
  readonly alone?: number;
}

/** Mass from which a coarser statement of each level is made. */
export interface CoarseThresholds {
  readonly crop: number;
  readonly sick: number;
  readonly parent: number;
}

/** What a sender gave beyond one photo. */
export type Situation = "crop_named" | "several_photos" | "crop_named_several_photos";

/** When a condition is named, and what is promised of it. */
export interface SituationRules {
  readonly answer: number;
  readonly per_class: Readonly<Record<string, number>>;
  readonly confidence_bands: readonly ConfidenceBand[];
  /** By crop, what belongs to the set that is said where nothing is named; absent in older bundles. */
  readonly sets?: Readonly<Record<string, SetRule>>;
  /** Absent in older bundles: `thresholds.coarse` is that of all levels. */
  readonly coarse?: CoarseThresholds | null;
}

export interface DecisionRules {
  readonly thresholds: Thresholds;
  readonly hint_factor: number;
  /** Absent means 1. */
  readonly unknown_plant_factor?: number;
  readonly quality: QualityLimits;
  readonly confidence_bands: readonly ConfidenceBand[];
  readonly coarse?: CoarseThresholds | null;
  /** By crop, its conditions that no set can hold; absent in older bundles. */
  readonly blind_spots?: Readonly<Record<string, readonly NamedId[]>>;
  /** Stand in for those of the same names where a crop is named or there are several photos. */
  readonly situations?: Readonly<Partial<Record<Situation, SituationRules>>> | null;
}

export interface Manifest {
  readonly schema_version: number;
  readonly version: string;
  readonly model: { readonly sha256: string; readonly size_bytes: number; readonly network?: string | null };
  readonly crops: readonly NamedId[];
  readonly parents: readonly NamedId[];
  readonly classes: readonly ClassEntry[];
  readonly rules: DecisionRules;
  /** Address of the model's file. */
  readonly file: string;
  readonly head?: { readonly in_graph?: boolean; readonly sha256: string; readonly size_bytes: number } | null;
  /** Address of a head that stands beside the graph: it tells the classes, the graph does not. */
  readonly head_file?: string | null;
  /** Districts with a bundle of their own; older services have none. */
  readonly districts?: readonly NamedId[];
}

const UNDERSTOOD_SCHEMAS = [1, 2, 3];

/**
 * Whether this copy of the rules can answer from a bundle. A newer one may have rules that are not known here, and then
 * the service answers instead: a wrong answer is worse than a slow one.
 */
export function isUnderstood(manifest: Manifest): boolean {
  const needsHead = manifest.head?.in_graph === false;
  return UNDERSTOOD_SCHEMAS.includes(manifest.schema_version) && (!needsHead || typeof manifest.head_file === "string");
}
