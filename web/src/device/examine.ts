/** The photos of one plant to an answer, on this phone: what `majani/decision/diagnoser.py` is for the service. */

import { type Diagnosis, isRejectClass, type PhotoResult } from "../decision/diagnosis";
import { reasonsToRetake } from "../decision/quality";
import { applyCropHint, conclude, leadingClass, mayBeRefused, shown, unnamed } from "../decision/rules";
import type { Answering, Bundle } from "./bundle";
import { type Heatmap, heatmap } from "./heatmap";
import type { Prediction } from "./network_words";
import { mayBeOpenedElsewhere, type Shot } from "./shot";

export interface Examination {
  readonly diagnosis: Diagnosis;
  /** One for each shot; null where it was not used or no condition leads. */
  readonly heatmaps: readonly (Heatmap | null)[];
}

const REJECT_CLASSES = 2;

type Looked = Pick<Shot, "pixels" | "quality" | "error">;

/**
 * Answer one case on this phone; null if it cannot, or if the service may see more.
 *
 * @param crop As for `examine`.
 */
export async function examineHere(
  bundle: Pick<Bundle, "answering" | "end">,
  shots: readonly Looked[],
  crop: string | null,
): Promise<Examination | null> {
  if (shots.every(({ pixels }) => pixels === null)) return null;
  // A newer model may have taken the place of the one that was asked, or memory was short: once more, then.
  for (let tries = 0; tries < 2; tries++) {
    const answering = await bundle.answering();
    if (answering === null) return null;
    try {
      const examined = await examine(shots, crop, answering);
      // A photo that cannot be opened here may be good where the others are not.
      const isGood = examined.diagnosis.photos.some(({ used }) => used);
      return !isGood && shots.some(mayBeOpenedElsewhere) ? null : examined;
    } catch (error) {
      console.warn("the network did not answer", error);
      bundle.end(answering);
    }
  }
  return null;
}

/** The same with photos that should be better: nothing was ever promised of such, so nothing is named. */
export async function examineAllTheSame(bundle: Parameters<typeof examineHere>[0], shots: readonly Shot[], crop: string | null): Promise<Examination | null> {
  const examined = await examineHere(bundle, shots.map(({ pixels, error }) => ({ pixels, error, quality: null })), crop);
  if (examined === null) return null;
  const photos = examined.diagnosis.photos.map((photo, at) => ({ ...photo, retake: shots[at]?.retake ?? [] }));
  const { diagnosis } = examined;
  const { why, crops } = diagnosis;
  const said = isRejectClass(diagnosis.outcome) ? diagnosis : unnamed(diagnosis, why ?? "unlike", crops);
  return { ...examined, diagnosis: { ...said, photos } };
}

/**
 * Answer one case.
 *
 * @param crop Hint by the person; one that the model does not know is left out.
 */
export async function examine(shots: readonly Looked[], crop: string | null, { manifest, network, head }: Answering): Promise<Examination> {
  const hint = manifest.crops.some((known) => known.id === crop) ? crop : null;
  const results: PhotoResult[] = [];
  const predictions: (Prediction | null)[] = [];
  for (const { pixels, quality, error } of shots) {
    const retake = quality === null ? [] : reasonsToRetake(quality, manifest.rules.quality);
    const isUsed = pixels !== null && retake.length === 0;
    const isPredicted = pixels !== null && (isUsed || mayBeRefused(retake));
    const prediction = isPredicted ? byHead(await network.predict(pixels), head) : null;
    const shows = prediction === null || !isUsed ? null : shown(applyCropHint(prediction.probabilities, manifest, hint), manifest);
    results.push({ used: isUsed, retake, error, shows });
    predictions.push(prediction);
  }
  const seen = predictions.flatMap((one, at) => (one === null ? [] : [{ ...one, isGood: results[at]?.used === true }]));
  const good = seen.filter(({ isGood }) => isGood);
  const used = (good.length > 0 ? good : seen).map(({ probabilities }) => probabilities);
  const diagnosis = conclude(used, results, hint, manifest);
  const leading = leadingClass(diagnosis, manifest);
  return {
    diagnosis,
    // A photo that was not used is no evidence.
    heatmaps: predictions.map((one, at) => (one && leading !== null && results[at]?.used === true ? heatmap(one, leading) : null)),
  };
}

/** What a district's head says; it keeps the graph's conditions in their places and adds its own behind them. */
function byHead(prediction: Prediction, head: Answering["head"]): Prediction {
  if (head === null) return prediction;
  const { activation, embedding, rows, columns } = prediction;
  // Nothing shows where the conditions behind them were seen: the graph has its reject classes there.
  const ofConditions = activation.subarray(0, activation.length - REJECT_CLASSES * rows * columns);
  return { ...prediction, probabilities: head(embedding), activation: ofConditions };
}
