/**
 * Is a photo good enough to be diagnosed: the phone's copy of `majani/image/quality.py`.
 *
 * The service scales with Pillow, whose bilinear filter averages over all pixels that it leaves out and rounds after
 * each direction. A browser's own scaling does neither, and sharpness would come out differently.
 */

import type { RetakeReason } from "./diagnosis";
import type { QualityLimits } from "./manifest";

/** RGB, 3 bytes a pixel, row by row from the top. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface Quality {
  readonly sidePx: number;
  readonly luminance: number;
  readonly sharpness: number;
}

const MEASURED_SIDE_PX = 256;

/** Size, mean luminance (Rec. 601, 0..255) and sharpness (variance of the 4-neighbour Laplacian at 256 px). */
export function measure(pixels: Pixels): Quality {
  const side = MEASURED_SIDE_PX;
  const grey = resized(greyOf(pixels), pixels.width, pixels.height, side);
  let sum = 0;
  for (const value of grey) sum += value;
  let count = 0;
  let total = 0;
  let squares = 0;
  for (let y = 1; y < side - 1; y++) {
    for (let x = 1; x < side - 1; x++) {
      const at = y * side + x;
      const around = grey[at - side]! + grey[at + side]! + grey[at - 1]! + grey[at + 1]!;
      const laplacian = around - 4 * grey[at]!;
      count += 1;
      total += laplacian;
      squares += laplacian * laplacian;
    }
  }
  return { sidePx: Math.min(pixels.width, pixels.height), luminance: sum / grey.length, sharpness: squares / count - (total / count) ** 2 };
}

/** All limits that the photo misses, most helpful to say first; empty if it is good enough. */
export function reasonsToRetake(quality: Quality, limits: QualityLimits): RetakeReason[] {
  const missed: [RetakeReason, boolean][] = [
    ["too_small", quality.sidePx < limits.min_side_px],
    ["too_dark", quality.luminance < limits.min_luminance],
    ["blurred", quality.sharpness < limits.min_sharpness],
  ];
  return missed.filter(([, isMissed]) => isMissed).map(([reason]) => reason);
}

function greyOf({ data, width, height }: Pixels): Uint8Array {
  const grey = new Uint8Array(width * height);
  for (let at = 0, from = 0; at < grey.length; at += 1, from += 3) {
    // Rec. 601 in 16-bit integers, as Pillow computes it.
    grey[at] = (data[from]! * 19595 + data[from + 1]! * 38470 + data[from + 2]! * 7471 + 0x8000) >> 16;
  }
  return grey;
}

/** Pillow's bilinear resampling to a square: first along rows, then along columns, rounded in between. */
function resized(grey: Uint8Array, width: number, height: number, side: number): Uint8Array {
  const across = new Uint8Array(side * height);
  filters(width, side).forEach(({ first, weights }, x) => {
    for (let y = 0; y < height; y++) {
      let sum = 0;
      for (let tap = 0; tap < weights.length; tap++) sum += weights[tap]! * grey[y * width + first + tap]!;
      across[y * side + x] = Math.min(255, Math.floor(sum + 0.5));
    }
  });
  const down = new Uint8Array(side * side);
  filters(height, side).forEach(({ first, weights }, y) => {
    for (let x = 0; x < side; x++) {
      let sum = 0;
      for (let tap = 0; tap < weights.length; tap++) sum += weights[tap]! * across[(first + tap) * side + x]!;
      down[y * side + x] = Math.min(255, Math.floor(sum + 0.5));
    }
  });
  return down;
}

/** For each output pixel the input pixels that it is made of: a triangle as wide as the scale asks for. */
function filters(from: number, to: number): { first: number; weights: Float64Array }[] {
  const scale = from / to;
  const reach = Math.max(1, scale);
  return Array.from({ length: to }, (_, at) => {
    const centre = (at + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach + 0.5));
    const last = Math.min(from, Math.trunc(centre + reach + 0.5));
    const weights = Float64Array.from({ length: last - first }, (_, tap) =>
      Math.max(0, 1 - Math.abs((first + tap - centre + 0.5) / reach)),
    );
    const sum = weights.reduce((all, weight) => all + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}
