/** What a bundle answers, as `tests/contract/test_app_rules.py` writes it down for these tests. */

import { readFileSync } from "node:fs";
import type { Diagnosis } from "../src/decision/diagnosis";
import type { AllEffects, Plan, plan, Practice } from "../src/decision/practice";
import type { Question, Reply } from "../src/decision/question";
import type { AnyManifest } from "../src/decision/manifest";

export interface Golden {
  readonly manifest: AnyManifest;
  readonly tolerance: { readonly decided: number; readonly luminance: number; readonly sharpness: number };
  readonly decisions: readonly {
    readonly about: string;
    readonly photos: readonly (readonly number[])[];
    readonly crop_hint: string | null;
    readonly expected: Omit<Diagnosis, "photos" | "crop_hint" | "model_version" | "other_troubles">;
  }[];
  readonly questions: readonly (Pick<Diagnosis, "outcome" | "grade" | "why" | "ranked" | "in_list"> & {
    readonly question: Question;
    readonly asked: boolean;
    readonly replied: Readonly<Record<Reply, Pick<Diagnosis, "outcome" | "grade" | "ranked" | "probability">>>;
  })[];
  readonly practices: {
    readonly practices: readonly Practice[];
    readonly effects: AllEffects;
    readonly cases: readonly (Parameters<typeof plan>[0] & { readonly expected: Plan })[];
  };
  /** The head's file in Base64; empty if the bundle has none. */
  readonly head: string;
  readonly heads: readonly { readonly embedding: readonly number[]; readonly probabilities: readonly number[] }[];
  /** Pixels are RGB in Base64, decoded by the service's decoder. */
  readonly pictures: readonly {
    readonly about: string;
    readonly width: number;
    readonly height: number;
    readonly pixels: string;
    readonly expected: {
      readonly side_px: number;
      readonly luminance: number;
      readonly sharpness: number;
      readonly retake: readonly string[];
    };
  }[];
}

/** One file for each bundle; empty if there are none. */
export function readGolden(): [string, Golden][] {
  const files = (process.env["MAJANI_GOLDEN"] ?? "").split(":").filter((file) => file !== "");
  return files.map((file) => [file, JSON.parse(readFileSync(file, "utf8")) as Golden]);
}
