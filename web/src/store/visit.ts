/** An extension worker's visit: several plants of one farm, looked at in one go, here and at the service (`/v1/visits`). */

import type { Outcome } from "../decision/diagnosis";
import type { Shot } from "../device/shot";
import type { FieldWorker, Work } from "./worker";

/** What the model said of a plant, without what only its photos are needed for. */
export interface EntryAnswer {
  readonly outcome: Outcome;
  readonly condition: string | null;
  readonly coarse: { readonly crop: string; readonly parent: string | null; readonly sick: boolean } | null;
  /** Of the condition, or else of the coarser statement. */
  readonly probability: number | null;
  readonly right_of_ten: number | null;
  readonly model_version: string;
}

/** What the worker writes about a plant. */
export interface Notes {
  readonly plot: string;
  readonly note: string;
  readonly crop: string | null;
  /** Condition, or `other`; null if they did not say. */
  readonly finding: string | null;
  readonly affected_of_ten: number | null;
  /** 1 light, 2 medium, 3 severe. */
  readonly severity: number | null;
}

/** One plant, as the service has it; times are ISO 8601. */
export interface Entry extends Notes {
  readonly id: string;
  readonly at: string;
  readonly changed_at: string;
  readonly deleted: boolean;
  readonly case: string | null;
  readonly answer: EntryAnswer | null;
}

/** All but the first three are absent in visits from before they were sent. */
export interface Visit {
  readonly id: string;
  readonly startedAt: number;
  /** Whose farm, or where. */
  readonly title: string;
  readonly farmer?: string;
  /** Id of the worker whose it is; null or absent until one says so. */
  readonly owner?: string | null;
  /** Day, ISO 8601. */
  readonly lookAgainOn?: string | null;
  readonly changedAt?: number;
  /** Plants whose photos are on another phone. */
  readonly others?: Readonly<Record<string, Entry>>;
  /** What the service has, by id of the entry, as JSON; under "" the visit itself. */
  readonly sent?: Readonly<Record<string, string>>;
  /** Codes of refusals, by id of the entry; under "" of the visit itself. */
  readonly refusals?: Readonly<Record<string, string>>;
  /** Whether the app ever tried to send it. The service may then have it without an answer. */
  readonly isTried?: boolean;
  /** The worker has deleted it, and the service still has to be told. */
  readonly isLeaving?: boolean;
}

/** Whether a visit, or a case of one, may be shown: to its worker, or to everybody if it is nobody's. */
export function isOpenTo({ owner }: { readonly owner?: string | null }, worker: FieldWorker | null): boolean {
  return owner == null || owner === worker?.worker;
}

/** Whether a photo that is not asked about yet may be shown: one of a visit only to its worker, and in no other visit. */
export function isShownIn({ of }: Pick<Shot, "of">, { visit, worker }: Pick<Work, "visit" | "worker">): boolean {
  return of == null || (isOpenTo(of, worker) && (visit === null || of.visit === visit));
}
