/** The calibrated numbers of a bundle: the phone's copy of `majani/model/grading.py`, where they are explained. */

/** What is known of an effect, in logits. */
interface Effect {
  readonly mean: number;
  readonly variance: number;
}

export interface LogisticCalibration {
  readonly intercept: number;
  readonly slope: number;
  readonly healthy?: number;
  readonly conditions?: number;
  readonly field_variance: number;
  readonly crop_variance: number;
  readonly crops?: Readonly<Record<string, Effect>>;
  readonly fields?: Readonly<Record<string, Effect>>;
}

export interface Grading {
  readonly lists: readonly LogisticCalibration[];
  readonly sick: LogisticCalibration;
  readonly crop: LogisticCalibration;
  readonly healthy?: Readonly<Record<string, number>>;
}

const LEAST_SHARE = 1e-4;

/** Probability that a statement with this share, 0..1, is right in a field that is not known (MacKay's approximation). */
export function probabilityOf(share: number, calibration: LogisticCalibration, crop = "", isHealthy = false, conditions = 1): number {
  const { intercept, slope, healthy = 0, crops = {}, fields = {} } = calibration;
  const ofCrop = crops[crop] ?? { mean: 0, variance: calibration.crop_variance };
  const ofField = fields[crop] ?? { mean: 0, variance: calibration.field_variance };
  const bounded = Math.min(Math.max(share, LEAST_SHARE), 1 - LEAST_SHARE);
  const ofAnswer = (isHealthy ? healthy : 0) + (calibration.conditions ?? 0) * Math.log(conditions);
  const logit = intercept + slope * Math.log(bounded / (1 - bounded)) + ofAnswer + ofCrop.mean + ofField.mean;
  return 1 / (1 + Math.exp(-logit / Math.sqrt(1 + (Math.PI / 8) * (ofCrop.variance + ofField.variance))));
}

/**
 * Probabilities, never falling, that the truth is among the likeliest one, two and three.
 *
 * @param shares Of these together, of the crop's probability.
 * @param isHealthy Whether that is the likeliest.
 * @param conditions Of the crop; a list of all of them is right whenever any is.
 * @param whole Probability of the crop.
 */
export function numbersOf(shares: readonly number[], crop: string, isHealthy: boolean, conditions: number, whole: number, { lists }: Grading): readonly number[] {
  let most = 0;
  return lists.map((calibration, at) => {
    most = Math.max(most, at + 1 >= conditions ? 1 : probabilityOf(shares[at] ?? 0, calibration, crop, isHealthy, conditions));
    return whole * most;
  });
}
