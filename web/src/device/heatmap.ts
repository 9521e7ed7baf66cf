/** Where on the photo the network saw what it names; the phone's copy of `majani/model/heatmap.py`. */

import type { Prediction } from "./network_words";

/** `(rows, columns)`, 255 at the strongest place; all 0 if no place stands out. */
export interface Heatmap {
  readonly rows: number;
  readonly columns: number;
  readonly grid: Uint8Array;
}

const LEVEL = 127.5;

/** The evidence for one class at each place, as far as it is above the photo's average. */
export function heatmap({ activation, rows, columns }: Prediction, position: number): Heatmap {
  const places = rows * columns;
  const evidence = activation.subarray(position * places, (position + 1) * places);
  const mean = evidence.reduce((sum, value) => sum + value, 0) / places;
  const strongest = Math.max(...evidence.map((value) => value - mean));
  const share = (value: number): number => (strongest <= 1e-6 ? 0 : Math.max(0, value - mean) / strongest);
  return { rows, columns, grid: Uint8Array.from(evidence, (value) => Math.round(255 * share(value))) };
}

/**
 * The line around all places with at least half of the strongest evidence, as the path of an SVG that is one unit wide and
 * high. It leaves the symptom visible.
 */
export function contour({ rows, columns, grid }: Heatmap): string {
  const value = (row: number, column: number): number =>
    row < 0 || column < 0 || row >= rows || column >= columns ? -LEVEL : (grid[row * columns + column] ?? 0) - LEVEL;
  // Cells between the middles of four neighbours, also around the edge (marching squares).
  let path = "";
  for (let row = -1; row < rows; row++) {
    for (let column = -1; column < columns; column++) {
      const corners = [[row, column], [row, column + 1], [row + 1, column + 1], [row + 1, column]] as const;
      const crossings = corners.flatMap(([y, x], at) => {
        const [nextY, nextX] = corners[(at + 1) % 4]!;
        const [here, next] = [value(y, x), value(nextY, nextX)];
        if (here >= 0 === next >= 0) return [];
        const share = here / (here - next);
        return [`${within(x + share * (nextX - x), columns)} ${within(y + share * (nextY - y), rows)}`];
      });
      for (let at = 0; at + 1 < crossings.length; at += 2) path += `M${crossings[at]}L${crossings[at + 1]}`;
    }
  }
  return path;
}

/** The middle of a place, as a share of the side. */
function within(place: number, places: number): string {
  return Math.min(1, Math.max(0, (place + 0.5) / places)).toFixed(3);
}
