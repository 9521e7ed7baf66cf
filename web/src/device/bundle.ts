/**
 * The bundle on this phone: manifest, model and the runtime that runs it, fetched once and replaced as a whole when the
 * service has another one. Until a new one is complete the old one answers.
 */

import { isUnderstood, type Manifest } from "../decision/manifest";
import type { Database } from "../store/database";
import { discard, download, isComplete, keptAddresses } from "./download";
import { Network } from "./network";
import runtime from "virtual:ort-runtime";

/** What a person is told about it. */
export type Readiness =
  | { readonly kind: "absent" }
  | { readonly kind: "fetching"; readonly share: number }
  | { readonly kind: "ready" }
  | { readonly kind: "unsupported" };

export interface Answering {
  readonly manifest: Manifest;
  readonly network: Network;
}

const MANIFEST = "manifest";
const MODEL_ADDRESS = "/v1/model";

/** Whether this browser can run a network at all; old ones ask the service. */
export function isSupported(): boolean {
  return typeof WebAssembly === "object" && "DecompressionStream" in globalThis && "Worker" in globalThis;
}

/** Bytes that have to be fetched for answering without a network. */
export function downloadBytes(manifest: Manifest): number {
  return runtime.bytes + manifest.model.size_bytes;
}

export class Bundle {
  private running: Answering | null = null;
  private starting: Promise<Answering | null> | null = null;

  constructor(
    private readonly database: Database,
    private readonly onChange: (readiness: Readiness) => void,
  ) {}

  /** The network that answers here; null if it is not here (yet) or cannot run. */
  async answering(): Promise<Answering | null> {
    if (this.running !== null) return this.running;
    this.starting ??= this.start().finally(() => {
      this.starting = null;
    });
    return this.starting;
  }

  /** The manifest that the service has now or, without a network, the one that is kept. */
  async manifest(): Promise<Manifest | null> {
    const kept = await this.keptManifest();
    try {
      const answer = await fetch(MODEL_ADDRESS, { cache: "no-cache" });
      return answer.ok ? ((await answer.json()) as Manifest) : kept;
    } catch {
      return kept;
    }
  }

  /**
   * Fetch what is missing, and answer from it from then on.
   *
   * @throws DownloadError If the network goes away meanwhile; what has arrived is kept.
   */
  async update(): Promise<void> {
    const manifest = await this.manifest();
    if (manifest === null || !isSupported() || !isUnderstood(manifest)) {
      this.onChange({ kind: manifest === null ? "absent" : "unsupported" });
      return;
    }
    if ((await this.isKept(manifest)) && manifest.version === (await this.keptManifest())?.version) {
      await this.answering();
      return;
    }
    const total = downloadBytes(manifest);
    let have = 0;
    const onProgress = (bytes: number): void => {
      have += bytes;
      this.onChange({ kind: "fetching", share: Math.min(1, have / total) });
    };
    const model = await download(this.database, manifest.file, onProgress);
    if ((await sha256(model)) !== manifest.model.sha256) {
      await discard(this.database, manifest.file);
      throw new Error(`the model of ${manifest.version} arrived damaged`);
    }
    await download(this.database, runtime.address, onProgress);
    await this.database.put("documents", { name: MANIFEST, etag: null, content: manifest });
    this.running?.network.end();
    this.running = null;
    await this.answering();
    await this.forgetOthers(manifest);
  }

  private async start(): Promise<Answering | null> {
    const manifest = await this.keptManifest();
    if (!isSupported() || manifest === null || !(await this.isKept(manifest))) return null;
    try {
      const model = await download(this.database, manifest.file);
      const wasm = await unpacked(await download(this.database, runtime.address));
      this.running = { manifest, network: await Network.load(wasm, model) };
    } catch (error) {
      // Out of memory, for instance; the service can still answer.
      console.warn("the network does not start here", error);
      this.onChange({ kind: "unsupported" });
      return null;
    }
    this.onChange({ kind: "ready" });
    return this.running;
  }

  private async keptManifest(): Promise<Manifest | null> {
    const document = await this.database.get("documents", MANIFEST);
    return (document?.content as Manifest | undefined) ?? null;
  }

  private async isKept(manifest: Manifest): Promise<boolean> {
    return (await isComplete(this.database, manifest.file)) && (await isComplete(this.database, runtime.address));
  }

  private async forgetOthers(manifest: Manifest): Promise<void> {
    const needed = [manifest.file, runtime.address];
    const others = (await keptAddresses(this.database)).filter((address) => !needed.includes(address));
    for (const address of others) await discard(this.database, address);
  }
}

async function unpacked(packed: Uint8Array): Promise<ArrayBuffer> {
  const stream = new Blob([packed as BlobPart]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as BufferSource);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
