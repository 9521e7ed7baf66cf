/** What to do today where no condition is named: the phone's copy of rule 8 in `majani/decision/practice.py`. */

import { contradictsSender, cropsShown, type Diagnosis, officeKnows } from "./diagnosis";

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
  /** Whether a condition that may be there spreads within days. */
  readonly urgent: boolean;
  /** Photos that would tell more than another leaf. */
  readonly views: readonly View[];
}

type Answer = Omit<Diagnosis, "condition" | "confidence" | "model_version">;

const MOST_PRACTICES = 3;
const LEADING = 3;

/** What to do after an answer, by all that is known of each condition; nothing where advice or a refusal says it. */
export function plan(answer: Answer, practices: readonly Practice[], effects: AllEffects): Plan {
  const members = membersOf(answer, effects);
  if (members.length === 0) return { practices: [], urgent: false, views: [] };
  // What the office knows is left too; of what is not said here nothing is known.
  const blind = (answer.one_of?.blind_spots ?? []).map(({ id }) => id);
  if (officeKnows(answer)) blind.push(answer.for_workers?.id ?? "");
  const likely = (answer.one_of?.conditions ?? answer.candidates).map(({ id }) => id);
  const leading = likely.filter((one) => members.includes(one)).flatMap((one) => effects[one] ?? []);
  return {
    practices: choosePractices(members, blind, practices, effects),
    urgent: [...members, ...blind].some((one) => effects[one]?.urgent === true),
    views: viewsOf(leading.slice(0, LEADING)),
  };
}

/** The conditions that an answer leaves: of its set, else of its coarser statement, else of the named crop. */
function membersOf(answer: Answer, effects: AllEffects): readonly string[] {
  if (answer.outcome !== "uncertain" || contradictsSender(answer) || cropsShown(answer).length > 1) return [];
  const { one_of, coarse } = answer;
  if (one_of) return one_of.conditions.map(({ id }) => id);
  const crop = coarse === null ? answer.crop_hint : coarse.crop;
  const isMeant = (id: string, { parent }: Effects): boolean =>
    id.split(".")[0] === crop &&
    (coarse === null || ((coarse.parent === null || coarse.parent === parent) && (!coarse.sick || parent !== null)));
  return Object.entries(effects).flatMap(([id, known]) => (isMeant(id, known) ? [id] : [])).sort();
}

/** At most three practices, those that help most members first. */
function choosePractices(
  members: readonly string[],
  blind: readonly string[],
  practices: readonly Practice[],
  effects: AllEffects,
): Plan["practices"] {
  const others = [...members, ...blind, ...members.flatMap((one) => effects[one]?.confused_with ?? [])];
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
