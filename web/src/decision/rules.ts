/**
 * Probabilities to a decision: the phone's copy of the six numbered rules in `majani/decision/rules.py`, where their reasons
 * stand. Golden vectors hold this copy to that one; pure functions, no I/O, no wording.
 */

import { type Coarse, compared, type Confidence, cropsShown, type Diagnosis, type Named, type OneOf, isRejectClass, NOT_A_PLANT, type Outcome, type PhotoResult, type RetakeReason, UNKNOWN_PLANT } from "./diagnosis";
import type { ClassEntry, CoarseThresholds, ConfidenceBand, DecisionRules, Manifest, Situation, SituationRules } from "./manifest";

/** In the manifest's class order, summing to 1. */
export type Probabilities = Float32Array;

const HEALTHY = "healthy";
/** Who may hear a class that can only take a name's place. */
const NOBODY = "nobody";
/** Keeps the geometric mean of exact zeros finite. */
const TINY = 1e-9;
const LISTED = 5;
const MOST_IN_A_SET = 3;
/** Normal quantile of 95 %. */
const ONE_SIDED = 1.6448536269514722;

interface CoarseStatement {
  readonly crop: string;
  readonly parent: string | null;
  readonly sick: boolean;
}

/** Rule 1: the normalised geometric mean of the photos of one plant. */
export function pool(photos: readonly Probabilities[]): Probabilities {
  const first = photos[0];
  if (first === undefined) throw new RangeError("a case needs at least one photo");
  const logs = Array.from(first, (_, at) => mean(photos.map((photo) => Math.log(Math.max(photo[at] ?? 0, TINY)))));
  return normalised(logs.map((log) => Math.exp(log)));
}

/** Rule 2: conditions of other crops and the unknown plant are weakened; what is no plant keeps its weight. */
export function applyCropHint(belief: Probabilities, manifest: Manifest, crop: string | null): Probabilities {
  if (crop === null) return belief;
  if (!manifest.crops.some((known) => known.id === crop)) throw new RangeError(`crop ${crop} is not known`);
  const { hint_factor, unknown_plant_factor = 1 } = manifest.rules;
  const factor = (entry: ClassEntry): number => {
    if (entry.crop !== null) return entry.crop === crop ? 1 : hint_factor;
    return entry.id === UNKNOWN_PLANT ? unknown_plant_factor : 1;
  };
  return normalised(manifest.classes.map((entry, at) => Math.fround(belief[at] ?? 0) * factor(entry)));
}

/**
 * The answer that follows from what the network says of the photos.
 *
 * @param used Of each photo that counts, in the manifest's class order: the good ones, or else those that are only blurred.
 * @param photos What became of every photo.
 * @param cropHint Crop id that the bundle knows, or null.
 */
export function conclude(
  used: readonly Probabilities[],
  photos: readonly PhotoResult[],
  cropHint: string | null,
  manifest: Manifest,
): Diagnosis {
  const empty = { condition: null, coarse: null, one_of: null, for_workers: null, confidence: null, candidates: [] };
  const about = { photos, crop_hint: cropHint, model_version: manifest.version };
  const sentBack: Diagnosis = { outcome: "retake", ...empty, ...about };
  if (used.length === 0) return sentBack;

  const belief = applyCropHint(pool(used), manifest, cropHint);
  const of = new Map(manifest.classes.map((entry, at) => [entry.id, belief[at] ?? 0]));
  const at = (id: string): number => of.get(id) ?? 0;
  const { thresholds } = manifest.rules;
  const known = manifest.classes.filter((entry) => entry.crop !== null);
  const seen = cropHint === null ? null : shown(belief, manifest);
  const isContradicted = seen !== null && seen !== cropHint && !isRejectClass(seen);
  const conditions = cropHint === null || isContradicted ? known : known.filter((entry) => entry.crop === cropHint);
  const ranked = [...conditions].sort((one, other) => at(other.id) - at(one.id));
  const named = (entry: ClassEntry): Named => name(entry, at(entry.id), manifest);
  const candidates = ranked.filter(isHeard).slice(0, LISTED).map(named);
  const rules = rulesOf(manifest.rules, used.length > 1, cropHint !== null);

  // Rule 3.
  if (at(UNKNOWN_PLANT) + at(NOT_A_PLANT) >= thresholds.reject) {
    const outcome: Outcome = at(UNKNOWN_PLANT) >= at(NOT_A_PLANT) ? UNKNOWN_PLANT : NOT_A_PLANT;
    return { ...empty, outcome, candidates, ...about };
  }
  if (!photos.some((photo) => photo.used)) return sentBack;
  // Rule 2.
  if (isContradicted) {
    const sum = known.reduce((all, entry) => all + (entry.crop === seen ? at(entry.id) : 0), 0);
    const statement = `${nameOf(manifest.crops, seen)}: not ${nameOf(manifest.crops, cropHint ?? "")}, as you said`;
    const coarse = { crop: seen, parent: null, sick: false, statement, probability: rounded(sum) };
    return { ...empty, outcome: "uncertain", coarse, candidates, ...about };
  }
  // Rule 4.
  const best = ranked[0];
  const needed = best === undefined ? 1 : (rules.per_class[best.id] ?? rules.answer);
  // A threshold of 1 means never, also for a probability that was rounded to 1.
  const isNamed = best !== undefined && needed < 1 && at(best.id) >= needed;
  if (isNamed && isHeard(best)) {
    const outcome: Outcome = best.kind === HEALTHY ? HEALTHY : "condition";
    // Promises were measured on photos of one plant.
    const confidence = cropsShown({ photos }).length < 2 ? confidenceOf(at(best.id), rules.confidence_bands) : null;
    return { ...empty, outcome, condition: named(best), confidence, candidates, ...about };
  }
  // Rules 5 and 6.
  const coarse = coarseStatement(conditions.filter(ofHeardCrop(manifest)), at, rules.coarse, manifest);
  const for_workers = isNamed && best.said_to === "workers" ? named(best) : null;
  const uncertain: Diagnosis = { ...empty, outcome: "uncertain", coarse, candidates, ...about };
  if (cropsShown({ photos }).length > 1) return uncertain;
  const one_of = cropHint === null || for_workers !== null ? null : oneOf(ranked, at, cropHint, rules, manifest);
  return { ...uncertain, one_of, for_workers };
}

/** Rule 5: the conditions of the named crop that have their share of its probability; null if that says too little. */
function oneOf(
  ranked: readonly ClassEntry[],
  at: (id: string) => number,
  crop: string,
  rules: SituationRules,
  manifest: Manifest,
): OneOf | null {
  const proved = rules.sets?.[crop];
  if (proved === undefined) return null;
  const blind_spots = manifest.rules.blind_spots?.[crop] ?? [];
  const sum = ranked.reduce((all, entry) => all + at(entry.id), 0);
  const known = ranked.filter(({ id, said_to }) => said_to !== NOBODY && !blind_spots.some((one) => one.id === id));
  const likely = known.filter(({ id }) => at(id) >= proved.min_probability * sum);
  const [alone] = likely;
  const needsAnother = likely.length === 1 && alone !== undefined && (at(alone.id) < (proved.alone ?? 1) * sum || !isHeard(alone));
  const members = needsAnother ? known.slice(0, 2) : likely;
  if (ranked[0]?.said_to === NOBODY || !members.some(isHeard) || members.length > Math.min(MOST_IN_A_SET, Math.floor((known.length * 2) / 3))) return null;
  return { conditions: members.map((entry) => name(entry, at(entry.id), manifest)), blind_spots, confidence: said(proved) };
}

/** Rule 3: whether a photo that should be better shows enough to be refused. */
export function mayBeRefused(retake: readonly RetakeReason[]): boolean {
  return retake.length === 1 && retake[0] === "blurred";
}

/** Class position that the answer names or, where it is unsure, holds likeliest; null if no condition leads. */
export function leadingClass(diagnosis: Diagnosis, manifest: Manifest): number | null {
  const leading = diagnosis.condition ?? compared(diagnosis)[0];
  if (leading === undefined) return null;
  const position = manifest.classes.findIndex((entry) => entry.id === leading.id);
  return position < 0 ? null : position;
}

/** Whether everybody may hear a class. */
function isHeard({ said_to }: ClassEntry): boolean {
  return (said_to ?? null) === null;
}

/** Tells classes of crops of which everybody may hear something. */
function ofHeardCrop({ classes }: Manifest): (entry: ClassEntry) => boolean {
  const heard = new Set(classes.filter(isHeard).map(({ crop }) => crop));
  return ({ crop }) => heard.has(crop);
}

/** The crop, or the reject class, that probabilities are clearly about; null if about none. */
export function shown(probabilities: Probabilities, manifest: Manifest): string | null {
  const mass = new Map<string, number>();
  const isOfHeardCrop = ofHeardCrop(manifest);
  manifest.classes.forEach((entry, at) => {
    const about = isOfHeardCrop(entry) ? (entry.crop ?? entry.id) : "";
    mass.set(about, (mass.get(about) ?? 0) + (probabilities[at] ?? 0));
  });
  const [likeliest] = [...mass].sort(([, one], [, other]) => other - one);
  return likeliest !== undefined && likeliest[1] >= manifest.rules.thresholds.coarse ? likeliest[0] || null : null;
}

/** Rule 6: the finest level at which some statement reaches its threshold. */
function coarseStatement(
  conditions: readonly ClassEntry[],
  at: (id: string) => number,
  of: CoarseThresholds | null | undefined,
  manifest: Manifest,
): Coarse | null {
  const same = manifest.rules.thresholds.coarse;
  const levels: readonly (readonly [number, (entry: ClassEntry) => CoarseStatement | null])[] = [
    [of?.parent ?? same, (entry) => (entry.parent === null ? null : { crop: entry.crop ?? "", parent: entry.parent, sick: true })],
    [of?.sick ?? same, (entry) => (entry.kind === HEALTHY || entry.said_to === NOBODY ? null : { crop: entry.crop ?? "", parent: null, sick: true })],
    [of?.crop ?? same, (entry) => ({ crop: entry.crop ?? "", parent: null, sick: false })],
  ];
  for (const [needed, level] of levels) {
    const mass = new Map<string, { statement: CoarseStatement; sum: number }>();
    for (const entry of conditions) {
      const statement = level(entry);
      if (statement === null) continue;
      const key = `${statement.crop} ${statement.parent}`;
      mass.set(key, { statement, sum: (mass.get(key)?.sum ?? 0) + at(entry.id) });
    }
    const best = [...mass.values()].reduce((one, other) => (other.sum > one.sum ? other : one), {
      statement: { crop: "", parent: null, sick: false },
      sum: 0,
    });
    if (needed < 1 && best.sum >= needed) return state(best.statement, best.sum, manifest);
  }
  return null;
}

function state(coarse: CoarseStatement, probability: number, manifest: Manifest): Coarse {
  const crop = nameOf(manifest.crops, coarse.crop);
  const ending =
    coarse.parent !== null
      ? `some ${nameOf(manifest.parents, coarse.parent)}, can't tell which`
      : coarse.sick
        ? "something is wrong, can't tell what"
        : "can't tell what, or whether it is sick";
  return { ...coarse, statement: `${crop}: ${ending}`, probability: rounded(probability) };
}

function rulesOf(rules: DecisionRules, several: boolean, cropNamed: boolean): SituationRules {
  const both: Situation = cropNamed ? "crop_named_several_photos" : "several_photos";
  const situation = several ? both : cropNamed ? "crop_named" : null;
  const { answer, per_class } = rules.thresholds;
  const plain = { answer, per_class, confidence_bands: rules.confidence_bands, coarse: rules.coarse ?? null };
  return situation === null ? plain : (rules.situations?.[situation] ?? plain);
}

function confidenceOf(probability: number, bands: readonly ConfidenceBand[]): Confidence | null {
  const own = bands.findLastIndex((one) => one.min_probability <= probability);
  if (own === -1) return null;
  // A lower band may have done better than a surer one by chance. A less sure answer must not promise more.
  const held = bands.slice(own).reduce((worst, one) => (rightAtLeast(one) < rightAtLeast(worst) ? one : worst));
  return said(held);
}

function said(band: ConfidenceBand): Confidence {
  return { right: band.right, answered: band.answered, right_of_ten: Math.floor(10 * rightAtLeast(band)) };
}

/** The one-sided 95 % lower bound of the share (Wilson). */
function rightAtLeast({ right, answered }: ConfidenceBand): number {
  const share = right / answered;
  const spread = (ONE_SIDED * ONE_SIDED) / answered;
  const width = ONE_SIDED * Math.sqrt((share * (1 - share)) / answered + spread / (4 * answered));
  return (share + spread / 2 - width) / (1 + spread);
}

function name(entry: ClassEntry, probability: number, manifest: Manifest): Named {
  const crop = entry.crop ?? "";
  return { id: entry.id, name: entry.name, crop, crop_name: nameOf(manifest.crops, crop), probability: rounded(probability) };
}

function nameOf(these: readonly { id: string; name: string }[], id: string): string {
  return these.find((one) => one.id === id)?.name ?? id;
}

function rounded(probability: number): number {
  return Math.round(probability * 1e4) / 1e4;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function normalised(weights: readonly number[]): Probabilities {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  return Float32Array.from(weights, (weight) => weight / sum);
}
