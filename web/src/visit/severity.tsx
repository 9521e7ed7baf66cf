/** How bad it is, as a drawing of a leaf: a few spots, many, or hardly anything left. */

import { sentence } from "../text/sentences";

/** From 1 on. */
export const SEVERITIES = [sentence("light"), sentence("medium"), sentence("severe")] as const;

/** Centres and radii, the worst last. */
const SPOTS = [
  [14, 22, 2.5],
  [26, 12, 2],
  [31, 21, 2],
  [20, 14, 3],
  [22, 26, 3.5],
  [33, 13, 2.5],
  [13, 31, 3.5],
  [28, 18, 4],
  [18, 20, 4],
  [24, 22, 4.5],
  [35, 8, 3],
  [17, 33, 4],
  [29, 26, 3.5],
] as const;
const SHOWN = [2, 6, SPOTS.length];

export function Leaf({ severity }: { severity: number }) {
  return (
    <svg class="leaf" viewBox="0 0 48 40" width="48" height="40" aria-hidden="true" focusable="false">
      <path d="M8 36C5 17 17 4 42 4c1 19-12 33-34 32zM8 36L26 18" />
      {SPOTS.slice(0, SHOWN[severity - 1]).map(([x, y, radius]) => <circle cx={x} cy={y} r={radius} />)}
    </svg>
  );
}
