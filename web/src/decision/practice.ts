/** What to do today, whichever of the listed conditions it is: the phone's copy of rule 8 in `majani/decision/practice.py`. */

import { type Diagnosis, listed } from "./diagnosis";

export type View = "leaf" | "underside" | "whorl" | "stem" | "whole_plant" | "row";

/** Something that can be done at once; `harmless` is what does not touch the crop. */
export interface Practice {
  readonly id: string;
  readonly reversible: boolean;
  readonly free: boolean;
  readonly harmless: boolean;
}

/** What is known of a plant with one condition; practices that are in neither list harm, or nobody knows. */
export interface Effects {
  readonly parent: string | null;
  readonly urgent: boolean;
  readonly confused_with: readonly string[];
  readonly view: View;
  readonly helps: readonly string[];
  readonly indifferent: readonly string[];
}

export type AllEffects = Readonly<Record<string, Effects>>;

/** In the form in which the service gives it. */
export interface Plan {
  readonly practices: readonly { readonly id: string; readonly helps: readonly string[] }[];
  /** Whether one of the conditions spreads within days. */
  readonly urgent: boolean;
  /** Photos that would tell more than another leaf. */
  readonly views: readonly View[];
}

const MOST_PRACTICES = 3;

/** What to do after an answer, by all that is known of each condition; nothing where advice or a refusal says it. */
export function plan(answer: Pick<Diagnosis, "grade" | "ranked" | "in_list">, practices: readonly Practice[], effects: AllEffects): Plan {
  const members = answer.grade === "most_likely" ? [] : listed(answer).map(({ id }) => id);
  const known = members.flatMap((one) => effects[one] ?? []);
  return { practices: choosePractices(members, practices, effects), urgent: known.some(({ urgent }) => urgent), views: viewsOf(known) };
}

/** At most three practices, those that help most members first. */
function choosePractices(members: readonly string[], practices: readonly Practice[], effects: AllEffects): Plan["practices"] {
  const others = [...members, ...members.flatMap((one) => effects[one]?.confused_with ?? [])];
  const isSafe = ({ id, harmless }: Practice): boolean =>
    harmless || others.every((one) => effects[one]?.helps.includes(id) || effects[one]?.indifferent.includes(id));
  return practices
    .filter((one) => one.reversible && one.free && isSafe(one))
    .map(({ id }) => ({ id, helps: members.filter((one) => effects[one]?.helps.includes(id)) }))
    .filter(({ helps }) => helps.length > 0)
    .sort((one, other) => other.helps.length - one.helps.length)
    .slice(0, MOST_PRACTICES);
}

function viewsOf(leading: readonly Effects[]): readonly View[] {
  const todo = new Set(leading.map(({ helps }) => [...new Set(helps)].sort().join()));
  if (todo.size < 2) return [];
  return [...new Set(leading.map(({ view }) => view))].filter((view) => view !== "leaf");
}
