/**
 * What of a bundle's manifest the phone reads (`GET /v1/model`); its full form stands in `majani/model/bundle.py`, and in
 * `majani/model/rules.py` how older ones are read.
 */

import general from "../../../majani/model/general_grading.json";
import type { Grading } from "./grading";

export interface NamedId {
  readonly id: string;
  readonly name: string;
}

/** One class of the model, at its position in the probability vector; reject classes have no crop. */
export interface ClassEntry extends NamedId {
  readonly crop: string | null;
  readonly parent: string | null;
  readonly kind: string | null;
}

/** Below these a photo is sent back; luminance is 0..255, sharpness a variance at 256 px. */
export interface QualityLimits {
  readonly min_side_px: number;
  readonly min_luminance: number;
  readonly min_sharpness: number;
}

export interface DecisionRules {
  readonly grading: Grading;
  readonly reject: number;
  readonly shows: number;
  readonly hint_factor: number;
  /** Absent means 1. */
  readonly unknown_plant_factor?: number;
  readonly quality: QualityLimits;
}

export interface Manifest {
  readonly schema_version: number;
  readonly version: string;
  readonly model: { readonly sha256: string; readonly size_bytes: number; readonly network?: string | null };
  readonly crops: readonly NamedId[];
  readonly classes: readonly ClassEntry[];
  readonly rules: DecisionRules;
  /** By crop, its conditions that no class stands for. */
  readonly other_troubles?: Readonly<Record<string, readonly NamedId[]>>;
  /** The district, if it is one's own bundle. */
  readonly adapted_to?: { readonly place: string } | null;
  /** Address of the model's file. */
  readonly file: string;
  readonly head?: { readonly in_graph?: boolean; readonly sha256: string; readonly size_bytes: number } | null;
  /** Address of a head that stands beside the graph: it tells the classes, the graph does not. */
  readonly head_file?: string | null;
  /** Districts with a bundle of their own; older services have none. */
  readonly districts?: readonly NamedId[];
}

/** Rules of schema 1 to 3. */
interface OlderRules extends Omit<DecisionRules, "grading" | "reject" | "shows"> {
  readonly thresholds: { readonly reject: number; readonly coarse: number };
  readonly blind_spots?: Readonly<Record<string, readonly NamedId[]>>;
}

export type AnyManifest = Manifest | (Omit<Manifest, "rules"> & { readonly rules: OlderRules });

/** A manifest in today's form: thresholds of older bundles go, and general numbers stand in. */
export function migrated(manifest: AnyManifest): Manifest {
  const { rules, ...rest } = manifest;
  if (!("thresholds" in rules)) return manifest as Manifest;
  const { thresholds, blind_spots = {}, ...kept } = rules;
  const ids = new Set(manifest.classes.map(({ id }) => id));
  const spots = Object.entries(blind_spots).map(([crop, these]) => [crop, these.filter(({ id }) => !ids.has(id))] as const);
  const other_troubles = Object.fromEntries(spots.filter(([, these]) => these.length > 0));
  return { other_troubles, ...rest, rules: { ...kept, grading: general, reject: thresholds.reject, shows: thresholds.coarse } };
}

const UNDERSTOOD_SCHEMAS = [1, 2, 3, 4];

/**
 * Whether this copy of the rules can answer from a bundle. A newer one may have rules that are not known here, and then
 * the service answers instead: a wrong answer is worse than a slow one.
 */
export function isUnderstood(manifest: AnyManifest): boolean {
  const needsHead = manifest.head?.in_graph === false;
  return UNDERSTOOD_SCHEMAS.includes(manifest.schema_version) && (!needsHead || typeof manifest.head_file === "string");
}
