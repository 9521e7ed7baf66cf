/** Checks a new photo as far as that is possible without a network. */

import type { RetakeReason } from "../decision/diagnosis";
import type { QualityLimits } from "../decision/manifest";
import { measure, type Pixels, type Quality, reasonsToRetake } from "../decision/quality";
import { type Cut, kept, PhotoError, preview, readPixels, WHOLE } from "./picture";

export interface Shot {
  readonly id: string;
  /** The original file. A cut takes its part from this file. */
  readonly source: Blob;
  readonly cut: Cut;
  /** When it was taken, as far as that is known; milliseconds since 1970. */
  readonly takenAt: number;
  /** What is shown of it; the source itself where this browser cannot open it. */
  readonly preview: Blob;
  /** What is kept and sent, which is being made while the person still looks; likewise the source. */
  readonly kept: Promise<Blob>;
  /** Null if this browser cannot open it, as is `quality`. */
  readonly pixels: Pixels | null;
  readonly quality: Quality | null;
  readonly retake: readonly RetakeReason[];
  readonly error: string | null;
}

/** While no manifest is here yet; those of the first bundle. */
const USUAL_LIMITS: QualityLimits = { min_side_px: 96, min_luminance: 60, min_sharpness: 25 };

/**
 * Look at a photo; one that cannot be opened is a shot too, with the reason.
 *
 * @param limits Of the bundle that answers here, if there is one yet.
 * @param onGood Told at once if it is good enough, so that the network can begin while the person still looks at it.
 * @param takenAt Of a photo that was made from another one; any other tells by itself.
 */
export async function look(
  source: Blob,
  limits: QualityLimits | undefined,
  onGood: (pixels: Pixels) => void = () => {},
  cut: Cut = WHOLE,
  takenAt: number = source instanceof File ? source.lastModified : Date.now(),
): Promise<Shot> {
  const about = { id: crypto.randomUUID(), source, cut, takenAt };
  try {
    const pixels = await readPixels(source, cut);
    const quality = measure(pixels);
    const retake = reasonsToRetake(quality, limits ?? USUAL_LIMITS);
    if (retake.length === 0) onGood(pixels);
    const shown = await preview(pixels);
    return { ...about, pixels, quality, retake, preview: shown, kept: kept(source, cut).catch(() => shown), error: null };
  } catch (error) {
    const code = error instanceof PhotoError ? error.code : "photo_unreadable";
    return { ...about, pixels: null, quality: null, retake: [], preview: source, kept: Promise.resolve(source), error: code };
  }
}

/** Whether the service may be able to open a photo that this browser cannot, such as WebP on an old phone. */
export function mayBeOpenedElsewhere(shot: Pick<Shot, "error">): boolean {
  return shot.error === "photo_unreadable";
}

/** Whether a file has the bytes of one of the others: the same photo again proves nothing. */
export async function isAmong(file: Blob, others: readonly Blob[]): Promise<boolean> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  for (const other of others) {
    if (other.size !== file.size) continue;
    const theirs = new Uint8Array(await other.arrayBuffer());
    if (bytes.every((byte, at) => byte === theirs[at])) return true;
  }
  return false;
}
