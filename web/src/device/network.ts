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
  private hasEnded = false;

  /**
   * @param onEnd Told if it ends by itself, for want of memory for instance.
   */
  private constructor(private readonly onEnd: () => void) {
    this.worker = new Worker(new URL("./network_worker.ts", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data: told }: MessageEvent<Told>) => this.hear(told);
    this.worker.onerror = (event) => {
      this.end(event.message || "the worker ended");
      this.onEnd();
    };
  }

  /**
   * Start a network.
   *
   * @param wasm The runtime, unpacked.
   * @param model As the manifest's checksum has it.
   */
  static async load(wasm: ArrayBuffer, model: Uint8Array, onEnd: () => void): Promise<Network> {
    const network = new Network(onEnd);
    try {
      // Handed over, not copied: together they have 19 MB.
      await network.ask({ kind: "load", wasm, model }, [wasm, model.buffer as ArrayBuffer]);
    } catch (error) {
      network.end();
      throw error;
    }
    return network;
  }

  /** Predict once for the same pixels. A second question gets the same answer. */
  predict(pixels: Pixels): Promise<Prediction> {
    let prediction = this.known.get(pixels);
    if (prediction === undefined) {
      prediction = this.ask({ kind: "predict", pixels }).then((told) => {
        if (told.kind !== "predicted") throw new Error(told.kind);
        return told.prediction;
      });
      prediction.catch(() => this.known.delete(pixels));
      this.known.set(pixels, prediction);
    }
    return prediction;
  }

  /** Free its memory. All open questions fail. */
  end(reason = "the network was ended"): void {
    this.hasEnded = true;
    this.worker.terminate();
    for (const one of this.waiting.values()) one.failed(new Error(reason));
    this.waiting.clear();
  }

  private ask(question: Question, handedOver: Transferable[] = []): Promise<Told> {
    if (this.hasEnded) return Promise.reject(new Error("the network has ended"));
    const id = ++this.asked;
    return new Promise((done, failed) => {
      this.waiting.set(id, { done, failed });
      this.worker.postMessage({ ...question, id }, handedOver);
    });
  }

  private hear(told: Told): void {
    const one = this.waiting.get(told.id);
    this.waiting.delete(told.id);
    if (told.kind === "failed") one?.failed(new Error(told.reason));
    else one?.done(told);
  }
}
