/** One plant, 1 to 5 photos: what was asked, what was answered, and how far it is on its way to the service. */

import { type Diagnosis, graded, type OlderDiagnosis, type Outcome } from "../decision/diagnosis";
import { type Question, type Reply, withReply } from "../decision/question";
import type { Heatmap } from "../device/heatmap";
import { type Database, replace } from "./database";
import type { ExpertWord } from "./expert";
import type { FollowUp } from "./follow_up";

export const MAX_PHOTOS = 5;

export type Verdict = "right" | "wrong" | "unsure";

/** Degrees, rounded to a tenth before they are stored. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

export interface CasePhoto {
  /** JPEG of at most 1280 px; the file as it came where this browser cannot open it. */
  readonly blob: Blob;
  /** Whether it is sent with the case. A broken photo is not sent. */
  readonly isSent: boolean;
  readonly heatmap: Heatmap | null;
  /** As in a shot. Cases from before this was kept have none. */
  readonly takenAt?: number;
}

/**
 * Where a case stands:
 *
 * - `here`: it is on this phone only;
 * - `waiting`: it is to be sent, because it may be kept or because it still has no answer;
 * - `sent`: the service has it, and `receipt` leads back to it;
 * - `refused`: the service, or a proxy on the way there, will not have it; `refusal` is its code;
 * - `leaving`: the person has deleted it, and the service still has to be told.
 */
export type Whereabouts = "here" | "waiting" | "sent" | "refused" | "leaving";

export interface Receipt {
  readonly id: string;
  readonly token: string;
}

export interface Case {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly language: string;
  readonly crop: string | null;
  readonly photos: readonly CasePhoto[];
  /** As it was given, null until there is an answer; what is said of the case is `answerOf`. */
  readonly diagnosis: Diagnosis | OlderDiagnosis | null;
  readonly keepsPhotos: boolean;
  readonly place: Place | null;
  /** Until when its sending waits for its place, milliseconds since 1970; null or absent if it waits for none. */
  readonly placeUntil?: number | null;
  /** Makes it count once, however often it is sent. */
  readonly key: string;
  readonly whereabouts: Whereabouts;
  /** Whether the app ever tried to send it. The service may then have it without an answer. */
  readonly wasTried: boolean;
  readonly refusal: string | null;
  readonly receipt: Receipt | null;
  /** Condition that the service named, which may be another than was shown here. */
  readonly named: string | null;
  /** Outcome that the service came to; cases from before this was kept have none. */
  readonly concluded?: Outcome | null;
  readonly verdict: Verdict | null;
  /** Candidate that the person took for the right one; cases from before this was kept have none. */
  readonly chosen?: string | null;
  readonly isVerdictSent: boolean;
  /** As it was answered; absent before that. */
  readonly question?: Question;
  readonly isReplySent?: boolean;
  /** Whether the person asks for an expert, and whether the service knows. Cases from before have none of these. */
  readonly wantsExpert?: boolean;
  readonly isExpertAsked?: boolean;
  /** When the person asked, milliseconds since 1970. */
  readonly askedAt?: number;
  /** What an expert asked, by the id of the remark, and how the person answered it; absent before that. */
  readonly exchange?: { readonly question: string; readonly reply: Reply };
  readonly isExchangeSent?: boolean;
  /** What experts say; null or absent until one has looked. */
  readonly expert?: ExpertWord | null;
  /** When the service was last asked for it, milliseconds since 1970. */
  readonly expertAt?: number;
  /** Whether the person has read it here. */
  readonly isExpertSeen?: boolean;
  /** How many other plants the person looked at, and how many of them show it; absent before that. */
  readonly plants?: { readonly looked: number; readonly affected: number };
  readonly followUp?: FollowUp;
  readonly isFollowUpSent?: boolean;
  /** Whether the person has been asked for it here. */
  readonly isFollowUpSeen?: boolean;
  /** Id of the case of the same leaf before; absent if there is none. */
  readonly follows?: string | undefined;
  readonly visit: string | null;
  /** Id of the worker whose visit it is of. Cases from before this was kept, and of no visit, have none. */
  readonly owner?: string | null;
  /** Whose bundle was to answer; cases from before this was kept have none. */
  readonly district?: string | null;
  readonly plot: string;
  readonly note: string;
  /** What else the worker writes about the plant, and when; see `Notes`. Cases from before this was kept have none. */
  readonly plantCrop?: string | null;
  readonly finding?: string | null;
  readonly affected?: number | null;
  readonly severity?: number | null;
  readonly notedAt?: number;
}

export type NewCase = Pick<Case, "language" | "crop" | "photos" | "diagnosis" | "keepsPhotos" | "place" | "placeUntil" | "visit" | "owner" | "follows" | "district">;

/** A case as it begins. */
export function newCase(asked: NewCase): Case {
  return {
    ...asked,
    id: crypto.randomUUID(),
    createdAt: Date.now(),
    key: crypto.randomUUID(),
    whereabouts: asked.keepsPhotos || asked.diagnosis === null ? "waiting" : "here",
    wasTried: false,
    refusal: null,
    receipt: null,
    named: null,
    concluded: null,
    verdict: null,
    isVerdictSent: false,
    plot: "",
    note: "",
  };
}

/** The answer as it stands: that of an older app in today's form, and after the person's reply to its question. */
export function answerOf({ diagnosis, question }: Pick<Case, "diagnosis" | "question">): Diagnosis | null {
  const given = diagnosis && graded(diagnosis);
  return given === null || question === undefined ? given : withReply(given, question);
}

export type Fields = Partial<Case> | ((now: Case) => Partial<Case>);

export function changeCase(database: Database, id: string, fields: Fields): Promise<Case | undefined> {
  return replace(database, "cases", id, (now) => ({ ...now, ...(typeof fields === "function" ? fields(now) : fields) }));
}

/** Add the place of a case, or that it is unknown. A case that was already sent once does not change. */
export async function addPlace(database: Database, id: string, place: Place | null): Promise<void> {
  await changeCase(database, id, ({ wasTried }) => (wasTried ? {} : { place, placeUntil: null }));
}

/** Delete a case here, and wherever else it is or may be. */
export async function deleteCase(database: Database, id: string): Promise<void> {
  await replace(database, "cases", id, (now) =>
    // An earlier try of a refused case may have arrived, because proxies on the way may refuse different requests.
    // Its photos go at once: they are not needed any more, and a full phone could not write them again.
    now.receipt !== null || now.wasTried ? { ...now, photos: [], whereabouts: "leaving" } : null,
  );
}
