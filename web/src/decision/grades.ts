/** How plainly a condition is said: the phone's copy of `majani/decision/grades.py`. */

export type Grade = "most_likely" | "probably" | "one_of" | "not_clear";

/** Right so often, a name is said as most likely, and a crop that nobody has named is clear. */
export const MOST_LIKELY = 0.8;
export const PROBABLY = 0.6;
/** A list is long enough. */
const LISTED = 0.82;
/** Of a list of three that is right less often, nothing is clear. */
export const CLEAR = 0.5;
export const MOST_IN_A_LIST = 3;

/** Whether one condition, or healthy, is said alone. */
export function isName(grade: Grade | null): boolean {
  return grade === "most_likely" || grade === "probably";
}

/** From where a name is probable; a sick leaf called healthy costs the most, so "healthy" needs more. */
export function probableFrom(isHealthy: boolean): number {
  return isHealthy ? MOST_LIKELY : PROBABLY;
}

/**
 * The grade of a plant of a crop, and how many of the likeliest conditions stand in the list.
 *
 * @param numbers Probability that the truth is among the likeliest one, two and three; rising.
 * @param conditions Of the crop.
 * @param needed From where the likeliest is most likely; beyond 1, never.
 * @param isHealthy Whether it is "healthy".
 */
export function gradeOf(numbers: readonly number[], conditions: number, needed = MOST_LIKELY, isHealthy = false): { readonly grade: Grade; readonly length: number } {
  if (conditions < 2) return { grade: "not_clear", length: conditions };
  const enough = numbers.findIndex((number) => number >= LISTED) + 1;
  const length = Math.min(enough || MOST_IN_A_LIST, conditions);
  const first = numbers[0] ?? 0;
  if (first >= Math.max(needed, MOST_LIKELY)) return { grade: "most_likely", length };
  if (first >= probableFrom(isHealthy)) return { grade: "probably", length: Math.max(length, 2) };
  return { grade: (numbers.at(-1) ?? 0) >= CLEAR ? "one_of" : "not_clear", length };
}
