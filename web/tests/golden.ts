/** What a bundle answers, as `tests/contract/test_app_rules.py` writes it down for these tests. */

import { readFileSync } from "node:fs";
import type { Coarse, Confidence, Named, OneOf, Outcome } from "../src/decision/diagnosis";
import type { AllEffects, Plan, plan, Practice } from "../src/decision/practice";
import type { Question, Reply } from "../src/decision/question";
import type { Manifest } from "../src/decision/manifest";

export interface Golden {
  readonly manifest: Manifest;
  readonly tolerance: { readonly decided: number; readonly luminance: number; readonly sharpness: number };
  readonly decisions: readonly {
    readonly about: string;
    readonly photos: readonly (readonly number[])[];
    readonly crop_hint: string | null;
    readonly expected: {
      readonly outcome: Outcome;
      readonly condition: Named | null;
      readonly coarse: Coarse | null;
      readonly one_of: OneOf | null;
      readonly for_workers: Named | null;
      readonly confidence: Confidence | null;
      readonly candidates: readonly Named[];
    };
  }[];
  readonly questions: readonly {
    readonly outcome: Outcome;
    readonly crop_hint: string | null;
    readonly candidates: readonly Named[];
    readonly question: Question;
    readonly asked: boolean;
    readonly likelier: Readonly<Record<Reply, string | null>>;
  }[];
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
