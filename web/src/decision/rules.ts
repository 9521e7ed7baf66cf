/**
 * Probabilities to a decision: the phone's copy of the numbered rules in `majani/decision/rules.py`, where their reasons
 * stand. Golden vectors hold this copy to that one; pure functions, no I/O, no wording.
 */

import { cropsShown, type Diagnosis, isRejectClass, type LikelyCrop, type Named, NOT_A_PLANT, NOTHING_SAID, type Outcome, type PhotoResult, type RetakeReason, rounded, UNKNOWN_PLANT, type Why } from "./diagnosis";
import { CLEAR, gradeOf, isName, MOST_IN_A_LIST, MOST_LIKELY, PROBABLY } from "./grades";
import { numbersOf, probabilityOf } from "./grading";
import type { ClassEntry, Manifest, NamedId } from "./manifest";

/** In the manifest's class order, summing to 1. */
export type Probabilities = Float32Array;

const HEALTHY = "healthy";
/** A crop's leaves that show nothing taught: they take probability, and are never said. */
const OTHER = ".other";
/** No number reaches it. */
const NEVER = 2;
/** Of a crop with fewer conditions, a district's bundle says none as most likely. */
const ENOUGH_TAUGHT = 3;
/** Keeps the geometric mean of exact zeros, and shares of nothing, finite. */
const TINY = 1e-9;

type Said = Omit<Diagnosis, "photos" | "crop_hint" | "model_version" | "district">;

/** Rule 1: the normalised geometric mean of the photos of one plant. */
export function pool(photos: readonly Probabilities[]): Probabilities {
  const first = photos[0];
  if (first === undefined) throw new RangeError("a case needs at least one photo");
  const logs = Array.from(first, (_, at) => sum(photos.map((photo) => Math.log(Math.max(photo[at] ?? 0, TINY)))) / photos.length);
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
  return normalised(manifest.classes.map((entry, at) => Math.fround(Math.fround(belief[at] ?? 0) * factor(entry))));
}

/** The crop, or the reject class, that probabilities are clearly about; null if about none. */
export function shown(belief: Probabilities, manifest: Manifest): string | null {
  const [likeliest] = byFalling([...massOf(belief, manifest)], ([, mass]) => mass);
  return likeliest !== undefined && likeliest[1] >= manifest.rules.shows ? likeliest[0] : null;
}

/** The probability of each crop and each reject class, in the order of the classes. */
function massOf(belief: Probabilities, { classes }: Manifest): Map<string, number> {
  const mass = new Map<string, number>();
  classes.forEach(({ id, crop }, at) => mass.set(crop ?? id, (mass.get(crop ?? id) ?? 0) + (belief[at] ?? 0)));
  return mass;
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
  const about = { photos, crop_hint: cropHint, model_version: manifest.version, district: manifest.adapted_to?.place ?? null };
  const sentBack: Diagnosis = { outcome: "retake", ...NOTHING_SAID, ...about };
  if (used.length === 0) return sentBack;
  const belief = applyCropHint(pool(used), manifest, cropHint);
  const said = decide(belief, manifest, cropHint, cropsShown({ photos }).length);
  if (!isRejectClass(said.outcome) && !photos.some((photo) => photo.used)) return sentBack;
  return { ...said, ...about };
}

/** Rules 2 to 6; `plants` is how many crops single photos clearly show. */
function decide(belief: Probabilities, manifest: Manifest, crop: string | null, plants: number): Said {
  const { grading, reject } = manifest.rules;
  const mass = massOf(belief, manifest);
  const [unknown, none] = [mass.get(UNKNOWN_PLANT) ?? 0, mass.get(NOT_A_PLANT) ?? 0];
  if (unknown + none >= reject) {
    return { ...NOTHING_SAID, outcome: unknown >= none ? UNKNOWN_PLANT : NOT_A_PLANT, probability: rounded(unknown + none) };
  }
  const unclear = { ...NOTHING_SAID, outcome: "uncertain", grade: "not_clear", probability: 0 } as const;
  if (plants > 1) return { ...unclear, why: "several_plants" };
  const ofCrops = [...mass].filter(([id]) => !isRejectClass(id));
  const total = Math.max(sum(ofCrops.map(([, one]) => one)), TINY);
  const likely = ([id, one]: readonly [string, number]): LikelyCrop => ({ ...named(id, manifest.crops), probability: probabilityOf(one / total, grading.crop) });
  if (crop === null) {
    const crops = byFalling(ofCrops, ([, one]) => one).slice(0, MOST_IN_A_LIST).map(likely);
    const [first] = crops;
    if (first !== undefined && first.probability >= MOST_LIKELY) return ofCrop(belief, first.id, first.probability, manifest);
    return { ...unclear, why: "which_crop", probability: rounded(first?.probability ?? 0), crops: crops.map((one) => ({ ...one, probability: rounded(one.probability) })) };
  }
  const seen = shown(belief, manifest);
  const said = ofCrop(belief, crop, 1, manifest);
  // What shows no crop contradicts nobody.
  if (seen === null || seen === crop || isRejectClass(seen)) return said;
  const instead = likely([seen, mass.get(seen) ?? 0]);
  return unnamed(said, "another_crop", [{ ...instead, probability: rounded(instead.probability) }]);
}

/** Rules 5 and 6 for a crop that is clear; `whole` is its probability, 1 if somebody has named it. */
function ofCrop(belief: Probabilities, crop: string, whole: number, manifest: Manifest): Said {
  const { grading } = manifest.rules;
  const own = manifest.classes.flatMap((entry, at) => (entry.crop === crop ? [{ entry, share: belief[at] ?? 0 }] : []));
  const total = Math.max(sum(own.map(({ share }) => share)), TINY);
  const said = own.filter(({ entry }) => !entry.id.endsWith(OTHER)).map(({ entry, share }) => ({ entry, share: share / total }));
  const ranked = byFalling(said, ({ share }) => share);
  const shares = ranked.map(({ share }) => share);
  const together = [1, 2, 3].map((size) => Math.min(sum(shares.slice(0, size)), 1));
  const isHealthy = ranked[0]?.entry.kind === HEALTHY;
  const numbers = numbersOf(together, crop, isHealthy, own.length, whole, grading);
  // What was taught of a crop may be all that its teacher has seen there.
  const isHalfTaught = manifest.adapted_to != null && ranked.length < ENOUGH_TAUGHT;
  const needed = isHealthy ? (grading.healthy?.[crop] ?? NEVER) : MOST_LIKELY;
  const { grade, length } = gradeOf(numbers, ranked.length, isHalfTaught ? NEVER : needed, isHealthy);
  const probabilities = calibrated(shares, numbers, whole);
  const found = {
    ...NOTHING_SAID,
    grade,
    crop: named(crop, manifest.crops),
    ranked: ranked.map(({ entry }, at) => nameOf(entry, probabilities[at] ?? 0, manifest)),
    in_list: length,
    other_troubles: manifest.other_troubles?.[crop] ?? [],
  };
  if (isName(grade)) {
    // Of a leaf that is probably healthy, older clients hear what it may be.
    const outcome: Outcome = !isHealthy ? "condition" : grade === "probably" ? "uncertain" : HEALTHY;
    return { ...found, outcome, probability: rounded(numbers[0] ?? 0) };
  }
  const why = grade !== "not_clear" ? null : ranked.length < 2 ? "few_known" : "unlike";
  const looks_sick = looksSick(ranked, crop, whole, manifest);
  return { ...found, outcome: "uncertain", why, probability: rounded(numbers[length - 1] ?? 0), looks_sick };
}

/** Probabilities of ranked conditions, never rising: the steps between the numbers, and beyond them by share. */
function calibrated(shares: readonly number[], numbers: readonly number[], whole: number): readonly number[] {
  const rest = Math.max(sum(shares.slice(MOST_IN_A_LIST)), TINY);
  let least = Infinity;
  return shares.map((share, at) => {
    const [high, low] = [numbers[at], at === 0 ? 0 : (numbers[at - 1] ?? 0)];
    least = Math.min(least, high === undefined ? ((whole - (numbers.at(-1) ?? 0)) * share) / rest : high - low);
    return least;
  });
}

/** Rule 6; of a crop without a class for healthy leaves nobody can tell. */
function looksSick(ranked: readonly { entry: ClassEntry; share: number }[], crop: string, whole: number, { rules }: Manifest): number | null {
  const healthy = ranked.find(({ entry }) => entry.kind === HEALTHY)?.share;
  if (healthy === undefined || healthy >= 1 / 2) return null;
  const number = whole * probabilityOf(1 - healthy, rules.grading.sick, crop);
  return number >= PROBABLY ? rounded(number) : null;
}

/** The same list without a name; of a crop of which a single condition is known, no list either. */
export function unnamed<Answer extends Said>(said: Answer, why: Why, crops: readonly LikelyCrop[]): Answer {
  const in_list = said.ranked.length > 1 ? said.in_list : 0;
  const together = sum(said.ranked.slice(0, in_list).map(({ probability }) => probability));
  const grade = together >= CLEAR ? "one_of" : "not_clear";
  return { ...said, outcome: "uncertain", probability: rounded(together), grade, why, in_list, looks_sick: null, crops };
}

/** Rule 3: whether a photo that should be better shows enough to be refused. */
export function mayBeRefused(retake: readonly RetakeReason[]): boolean {
  return retake.length === 1 && retake[0] === "blurred";
}

/** Class position of the likeliest condition; null if none leads. */
export function leadingClass({ ranked, in_list }: Pick<Diagnosis, "ranked" | "in_list">, manifest: Manifest): number | null {
  const position = in_list === 0 ? -1 : manifest.classes.findIndex(({ id }) => id === ranked[0]?.id);
  return position < 0 ? null : position;
}

function nameOf({ id, name, crop }: ClassEntry, probability: number, { crops }: Manifest): Named {
  return { id, name, crop: crop ?? "", crop_name: named(crop ?? "", crops).name, probability: rounded(probability) };
}

function named(id: string, these: readonly NamedId[]): NamedId {
  const { name = id } = these.find((one) => one.id === id) ?? {};
  return { id, name };
}

/** Those with equal numbers stay in their order. */
function byFalling<One>(these: readonly One[], number: (one: One) => number): readonly One[] {
  return [...these].sort((one, other) => number(other) - number(one));
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

function normalised(weights: readonly number[]): Probabilities {
  const total = sum(weights);
  return Float32Array.from(weights, (weight) => weight / total);
}
