/** The photos of one plant to an answer, on this phone: what `majani/diagnoser.py` is for the service. */

import type { Diagnosis, PhotoResult } from "../decision/diagnosis";
import { reasonsToRetake } from "../decision/quality";
import { conclude, leadingClass } from "../decision/rules";
import type { Answering } from "./bundle";
import { type Heatmap, heatmap } from "./heatmap";
import type { Prediction } from "./network_words";
import type { Shot } from "./shot";

export interface Examination {
  readonly diagnosis: Diagnosis;
  /** One for each shot; null where it was not used or no condition leads. */
  readonly heatmaps: readonly (Heatmap | null)[];
}

/**
 * Answer one case.
 *
 * @param crop Hint by the person; one that the model does not know is left out.
 */
export async function examine(
  shots: readonly Pick<Shot, "pixels" | "quality" | "error">[],
  crop: string | null,
  { manifest, network }: Answering,
): Promise<Examination> {
  const results: PhotoResult[] = [];
  const predictions: (Prediction | null)[] = [];
  for (const { pixels, quality, error } of shots) {
    const retake = quality === null ? [] : reasonsToRetake(quality, manifest.rules.quality);
    const isUsed = pixels !== null && retake.length === 0;
    results.push({ used: isUsed, retake, error });
    predictions.push(isUsed ? await network.predict(pixels) : null);
  }
  const used = predictions.filter((one) => one !== null).map((one) => one.probabilities);
  const hint = manifest.crops.some((known) => known.id === crop) ? crop : null;
  const diagnosis = conclude(used, results, hint, manifest);
  const leading = leadingClass(diagnosis, manifest);
  return {
    diagnosis,
    heatmaps: predictions.map((one) => (one === null || leading === null ? null : heatmap(one, leading))),
  };
}
