/** A photo that somebody has just taken or chosen, looked at as far as that goes without a network. */

import type { RetakeReason } from "../decision/diagnosis";
import type { QualityLimits } from "../decision/manifest";
import { measure, type Pixels, reasonsToRetake } from "../decision/quality";
import { type Crop, kept, open, PhotoError, pixelsOf, WHOLE } from "./picture";

export interface Shot {
  readonly id: string;
  /** As it came; what is cut out is cut out of this. */
  readonly source: Blob;
  readonly crop: Crop;
  /** What is shown, kept and sent; the source itself where this browser cannot open it. */
  readonly blob: Blob;
  /** Null if this browser cannot open it. */
  readonly pixels: Pixels | null;
  readonly retake: readonly RetakeReason[];
  readonly error: string | null;
}

/** While no manifest is here yet; those of the first bundle. */
const USUAL_LIMITS: QualityLimits = { min_side_px: 96, min_luminance: 60, min_sharpness: 25 };

/** Look at a photo; one that cannot be opened is a shot too, with the reason. */
export async function look(source: Blob, limits: QualityLimits | undefined, crop: Crop = WHOLE): Promise<Shot> {
  const about = { id: crypto.randomUUID(), source, crop };
  try {
    const bitmap = await open(source, crop);
    try {
      const pixels = pixelsOf(bitmap, crop);
      const retake = reasonsToRetake(measure(pixels), limits ?? USUAL_LIMITS);
      return { ...about, pixels, retake, blob: await kept(bitmap, crop), error: null };
    } finally {
      bitmap.close();
    }
  } catch (error) {
    const code = error instanceof PhotoError ? error.code : "photo_unreadable";
    return { ...about, pixels: null, retake: [], blob: source, error: code };
  }
}

/** Whether the service may be able to open what this browser cannot: HEIC, mostly. */
export function mayBeOpenedElsewhere(shot: Shot): boolean {
  return shot.error === "photo_unreadable";
}
