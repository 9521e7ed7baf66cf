/** Prints the probabilities that the phone's runtime gets: predict.mjs MODEL PIXELS HEIGHT WIDTH, pixels as raw RGB. */

import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-web";

const [model, pixels, height, width] = process.argv.slice(2);
ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(readFileSync(model), { executionProviders: ["wasm"] });
const photo = new ort.Tensor("uint8", new Uint8Array(readFileSync(pixels)), [1, Number(height), Number(width), 3]);
console.log((await session.run({ pixels: photo })).probabilities.data.join(","));
