/** Checks a new photo as far as that is possible without a network. */

import type { RetakeReason } from "../decision/diagnosis";
import type { QualityLimits } from "../decision/manifest";
import { leafIn } from "../decision/hint";
import { measure, type Pixels, type Quality, reasonsToRetake } from "../decision/quality";
import { type Cut, PhotoError, read, WHOLE } from "./picture";

export interface Shot {
  readonly id: string;
  /** The original file. A cut takes its part from this file. */
  readonly source: Blob;
  readonly cut: Cut;
  /** When it was taken, as far as that is known; milliseconds since 1970. */
  readonly takenAt: number;
  /** The visit that it was taken in, and its worker; null or absent if in none. */
  readonly of?: { readonly visit: string; readonly owner: string | null } | null;
  /** Id of the case of the same leaf before; absent if there is none. */
  readonly follows?: string | undefined;
  /** What is kept and sent, which is being made while the person still looks; the source itself where this browser cannot open it. */
  readonly kept: Promise<Blob>;
  /** Null if this browser cannot open it, as are `canvas` and `quality`. */
  readonly pixels: Pixels | null;
  readonly canvas: HTMLCanvasElement | null;
  readonly quality: Quality | null;
  readonly retake: readonly RetakeReason[];
  readonly error: string | null;
}

/** While no manifest is here yet; those of the first bundle. */
export const USUAL_LIMITS: QualityLimits = { min_side_px: 96, min_luminance: 60, min_sharpness: 25 };

/**
 * Look at a photo; one that cannot be opened is a shot too, with the reason.
 *
 * @param limits Of the bundle that answers here, if there is one yet.
 * @param onOpen Told at once what it shows, so that the network can begin while all else is made ready.
 * @param takenAt Of a photo that was made from another one; any other tells by itself.
 */
export async function look(
  source: Blob,
  limits: QualityLimits | undefined,
  onOpen: (pixels: Pixels) => void = () => {},
  cut: Cut = WHOLE,
  takenAt: number = source instanceof File ? source.lastModified : Date.now(),
): Promise<Shot> {
  const about = { id: crypto.randomUUID(), source, cut, takenAt };
  try {
    const opened = await read(source, cut);
    onOpen(opened.pixels);
    const measured = measure(opened.pixels);
    // How dark the ground is says nothing.
    const quality = { ...measured, luminance: Math.max(measured.luminance, leafIn(opened.pixels).luminance) };
    const retake = reasonsToRetake(quality, limits ?? USUAL_LIMITS);
    return { ...about, ...opened, quality, retake, kept: opened.kept(), error: null };
  } catch (error) {
    const code = error instanceof PhotoError ? error.message : "photo_unreadable";
    return { ...about, pixels: null, canvas: null, quality: null, retake: [], kept: Promise.resolve(source), error: code };
  }
}

/** Whether the service may be able to open a photo that this browser cannot, such as WebP on an old phone. */
export function mayBeOpenedElsewhere(shot: Pick<Shot, "error">): boolean {
  return shot.error === "photo_unreadable";
}

/** Whether a file has the bytes of one of the others: the same photo again proves nothing. */
export async function isAmong(file: Blob, others: readonly Blob[]): Promise<boolean> {
  for (const other of others) {
    if (other.size === file.size && indexedDB.cmp(await file.arrayBuffer(), await other.arrayBuffer()) === 0) return true;
  }
  return false;
}
