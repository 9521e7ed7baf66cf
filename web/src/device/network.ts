/** The network on this phone: asks its worker, one question at a time. */

import type { Pixels } from "../decision/quality";
import type { Ask, Prediction, Told } from "./network_words";

type Waiting = { done: (told: Told) => void; failed: (error: Error) => void };
type Question = Ask extends infer One ? (One extends Ask ? Omit<One, "id"> : never) : never;

export class Network {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private readonly known = new WeakMap<Pixels, Promise<Prediction>>();
  private asked = 0;

  private constructor() {
    this.worker = new Worker(new URL("./network_worker.ts", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data: told }: MessageEvent<Told>) => this.hear(told);
    this.worker.onerror = (event) => this.fail(new Error(event.message || "the worker ended"));
  }

  /**
   * Start a network.
   *
   * @param wasm The runtime, unpacked.
   * @param model As the manifest's checksum has it.
   */
  static async load(wasm: ArrayBuffer, model: Uint8Array): Promise<Network> {
    const network = new Network();
    try {
      await network.ask({ kind: "load", wasm, model });
    } catch (error) {
      network.end();
      throw error;
    }
    return network;
  }

  /** Asked again about the same pixels, it has the answer already, or is at it. */
  predict(pixels: Pixels): Promise<Prediction> {
    let prediction = this.known.get(pixels);
    if (prediction === undefined) {
      prediction = this.ask({ kind: "predict", pixels }).then((told) => {
        if (told.kind !== "predicted") throw new Error(told.kind);
        return told.prediction;
      });
      this.known.set(pixels, prediction);
    }
    return prediction;
  }

  end(): void {
    this.worker.terminate();
    this.fail(new Error("the network was ended"));
  }

  private ask(question: Question): Promise<Told> {
    const id = ++this.asked;
    return new Promise((done, failed) => {
      this.waiting.set(id, { done, failed });
      this.worker.postMessage({ ...question, id });
    });
  }

  private hear(told: Told): void {
    const one = this.waiting.get(told.id);
    this.waiting.delete(told.id);
    if (told.kind === "failed") one?.failed(new Error(told.reason));
    else one?.done(told);
  }

  private fail(error: Error): void {
    for (const one of this.waiting.values()) one.failed(error);
    this.waiting.clear();
  }
}
