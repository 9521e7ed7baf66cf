/** What is said beside a set: conditions that it cannot hold. */

import type { Diagnosis } from "../decision/diagnosis";
import { sentence } from "./sentences";
import type { Wording } from "./wording";

export const BLIND = sentence("It could also be one of these. Majani can't tell them from photos:");

/** In one sentence; empty where there is nothing. */
export function blindSpots(words: Wording, { one_of }: Diagnosis): string {
  const names = (one_of?.blind_spots ?? []).map(({ id, name }) => words.texts.names.conditions[id]?.name ?? name);
  return names.length === 0 ? "" : `${words.say(BLIND)} ${words.listed(names)}`;
}
