/** What a person at the camera can do better, from one small picture of what it sees; and how well lit a leaf itself is. */

import { measure, type Pixels } from "./quality";
import type { QualityLimits } from "./manifest";

export type Hint = "dark" | "nearer" | "still" | "found";

/** A leaf that fills the frame covers more; set by eye at photos of single leaves, as all numbers here. */
const MIN_LEAF_SHARE = 0.3;
/** Mean change of brightness from one look to the next, 0..255: the hand moves. */
const MAX_MOTION = 14;
/** Fewer pixels are not the leaf that was meant. */
const MIN_LIT_SHARE = 0.08;
/** Every so many pixels of a large photo are enough. */
const LOOKED_AT = 10_000;

/** Of one frame, 256 x 256 pixels; `before` is the frame before it, of the same size. */
export function hintOf(frame: Pixels, before: Pixels | null, limits: QualityLimits): Hint {
  const { share, luminance } = leafIn(frame);
  const quality = measure(frame);
  if (Math.max(luminance, quality.luminance) < limits.min_luminance) return "dark";
  if (share < MIN_LEAF_SHARE) return "nearer";
  if (quality.sharpness < limits.min_sharpness || (before !== null && motion(frame, before) > MAX_MOTION)) return "still";
  return "found";
}

/**
 * Mean luminance (Rec. 601, 0..255) of what is coloured like a leaf, green to yellow or brown, and not as dark as the ground;
 * 0 if hardly anything is. A leaf in the sun on a dark cloth is well lit, though the picture is dark.
 */
export function leafIn({ data }: Pixels): { readonly luminance: number; readonly share: number } {
  const step = 3 * Math.max(1, Math.floor(data.length / 3 / LOOKED_AT));
  let [seen, leaf, sum] = [0, 0, 0];
  for (let at = 0; at + 2 < data.length; at += step) {
    const [red, green, blue] = [data[at]!, data[at + 1]!, data[at + 2]!];
    const luminance = 0.299 * red + 0.587 * green + 0.114 * blue;
    seen += 1;
    if (luminance < 24 || green < 0.75 * red || green < 1.12 * blue) continue;
    leaf += 1;
    sum += luminance;
  }
  return { share: leaf / seen, luminance: leaf / seen < MIN_LIT_SHARE ? 0 : sum / leaf };
}

function motion({ data }: Pixels, before: Pixels): number {
  let sum = 0;
  // Green alone tells.
  for (let at = 1; at < data.length; at += 3) sum += Math.abs(data[at]! - before.data[at]!);
  return (3 * sum) / data.length;
}
