/** The messages between the page and the network's worker. */

import type { Probabilities } from "../decision/rules";
import type { Pixels } from "../decision/quality";

export interface Prediction {
  readonly probabilities: Probabilities;
  /** `(C, rows, columns)`: each class's evidence per place of the photo. */
  readonly activation: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** `(D)`: what heads beside the graph judge by. */
  readonly embedding: Float32Array;
}

export type Ask =
  | { readonly kind: "load"; readonly id: number; readonly wasm: ArrayBuffer; readonly model: Uint8Array }
  | { readonly kind: "predict"; readonly id: number; readonly pixels: Pixels };

export type Told =
  | { readonly kind: "loaded"; readonly id: number }
  | { readonly kind: "predicted"; readonly id: number; readonly prediction: Prediction }
  | { readonly kind: "failed"; readonly id: number; readonly reason: string };
