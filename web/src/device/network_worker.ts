/** Runs the network beside the page, so that the page goes on answering to fingers. */

import * as ort from "onnxruntime-web/wasm";
import type { Pixels } from "../decision/quality";
import type { Ask, Told } from "./network_words";

declare const self: DedicatedWorkerGlobalScope;

/** onnxruntime's own threads run this script too; they hear onnxruntime only. */
const IS_THREAD = self.name === "em-pthread";
const MAX_THREADS = 4;

let session: ort.InferenceSession | null = null;

if (!IS_THREAD) self.onmessage = async ({ data: ask }: MessageEvent<Ask>) => {
  try {
    self.postMessage(ask.kind === "load" ? await load(ask) : await predict(ask.id, ask.pixels));
  } catch (error) {
    const told: Told = { kind: "failed", id: ask.id, reason: String(error) };
    self.postMessage(told);
  }
};

async function load({ id, wasm, model }: Extract<Ask, { kind: "load" }>): Promise<Told> {
  // Tried in Chromium alone, which has these data. Without isolation onnxruntime takes one in any case.
  ort.env.wasm.numThreads = "userAgentData" in navigator ? Math.min(MAX_THREADS, navigator.hardwareConcurrency) : 1;
  ort.env.wasm.wasmBinary = wasm;
  ort.env.logLevel = "error";
  session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
  return { kind: "loaded", id };
}

async function predict(id: number, { width, height, data }: Pixels): Promise<Told> {
  if (session === null) throw new Error("no model is loaded");
  const pixels = new ort.Tensor("uint8", data, [1, height, width, 3]);
  const { probabilities, activation, embedding } = await session.run({ pixels });
  if (probabilities === undefined || activation === undefined || embedding === undefined) throw new Error("the model has other outputs");
  const [, , rows = 0, columns = 0] = activation.dims;
  return {
    kind: "predicted",
    id,
    prediction: {
      probabilities: probabilities.data as Float32Array,
      activation: activation.data as Float32Array,
      rows,
      columns,
      embedding: embedding.data as Float32Array,
    },
  };
}
