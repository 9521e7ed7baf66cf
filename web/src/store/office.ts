/** What the operator says of this place (`GET /v1/office`), as it was last heard. */

import { readDocument } from "../text/texts";
import type { Database } from "./database";

export const OFFICE_ADDRESS = "/v1/office";

/** An extension officer or office, by E.164 number. */
export interface Office {
  readonly name: string;
  readonly telephone: string;
  readonly messenger: "sms" | "whatsapp" | "telegram";
}

export interface Place {
  readonly office: Office | null;
  /** Ids of the region's crops. */
  readonly first_crops: readonly string[];
  /** Within so many days half of those who asked for an expert were answered; null where that is not known. */
  readonly answer_days: number | null;
}

export const NOWHERE: Place = { office: null, first_crops: [], answer_days: null };

export async function fetchPlace(database: Database): Promise<void> {
  await readDocument(database, OFFICE_ADDRESS);
}

/** The address that opens a message to it; the person still has to send it. As `Office.message` in serving/settings.py. */
export function messageTo({ telephone, messenger }: Office, text: string): string {
  const words = encodeURIComponent(text);
  if (messenger === "sms") return `sms:${telephone}?body=${words}`;
  return `https://${messenger === "whatsapp" ? `wa.me/${telephone.slice(1)}` : `t.me/${telephone}`}?text=${words}`;
}
