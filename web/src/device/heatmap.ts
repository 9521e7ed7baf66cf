/** Where on the photo the network saw what it names; the phone's copy of `majani/model/heatmap.py`. */

import type { Prediction } from "./network_words";

/** `(rows, columns)`, 255 at the strongest place; all 0 if no place stands out. */
export interface Heatmap {
  readonly rows: number;
  readonly columns: number;
  readonly grid: Uint8Array;
}

// Blue: what no leaf, spot or soil is, and what most people with colour-blindness tell from all of them.
const [RED, GREEN, BLUE] = [20, 40, 255];
const MAX_OPACITY = 200;

/** The evidence for one class at each place, as far as it is above the photo's average. */
export function heatmap({ activation, rows, columns }: Prediction, position: number): Heatmap {
  const places = rows * columns;
  const evidence = activation.subarray(position * places, (position + 1) * places);
  const mean = evidence.reduce((sum, value) => sum + value, 0) / places;
  const strongest = Math.max(...evidence.map((value) => value - mean));
  const share = (value: number): number => (strongest <= 1e-6 ? 0 : Math.max(0, value - mean) / strongest);
  return { rows, columns, grid: Uint8Array.from(evidence, (value) => Math.round(255 * share(value))) };
}

/** Draw it at one pixel per cell. The browser smooths it when the caller lays it over the photo. */
export function paint(canvas: HTMLCanvasElement, { rows, columns, grid }: Heatmap): void {
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  if (context === null) return;
  const image = context.createImageData(columns, rows);
  grid.forEach((value, at) => image.data.set([RED, GREEN, BLUE, Math.round((value * MAX_OPACITY) / 255)], 4 * at));
  context.putImageData(image, 0, 0);
}
