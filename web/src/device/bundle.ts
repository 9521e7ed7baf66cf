/**
 * The bundle on this phone: manifest, model and the runtime that runs it, fetched once and replaced as a whole when the
 * service has another one. Until a new one is complete, and has started here, the old one answers.
 */

import runtime from "virtual:ort-runtime";
import { type AnyManifest, isUnderstood, type Manifest, migrated } from "../decision/manifest";
import type { Probabilities } from "../decision/rules";
import { AwayError, contentOf, request } from "../request";
import type { Database } from "../store/database";
import { districtOf } from "../store/district";
import { discard, download, isComplete, keptAddresses } from "./download";
import { Network } from "./network";
import { DamagedError } from "./retry";

/** What a person is told about it. */
export type Readiness =
  | { readonly kind: "absent" }
  | { readonly kind: "fetching"; readonly share: number }
  | { readonly kind: "ready" }
  | { readonly kind: "unsupported" };

export interface Answering {
  readonly manifest: Manifest;
  readonly network: Network;
  /** A district's head, from an embedding to probabilities; null where the graph gives them. */
  readonly head: ((embedding: Float32Array) => Probabilities) | null;
}

/** A file that names its own checksum. */
interface Wanted {
  readonly address: string;
  readonly sha256: string;
}

const MANIFEST = "manifest";
/** Setting: the model that does not start here, with the runtime that it was tried with. */
const UNFIT = "unfit";
const MODEL_ADDRESS = "/v1/model";
/** The runtime of the service's newest app, which may be newer than this app. */
const NEWEST_RUNTIME_ADDRESS = "/app/runtime.json";
const LOCK = "majani-bundle";
const QUICK_MS = 10_000;

/** Whether this browser can run a network at all; old ones ask the service. */
function isSupported(): boolean {
  return typeof WebAssembly === "object" && "DecompressionStream" in globalThis && "Worker" in globalThis;
}

/** Bytes that have to be fetched for answering without a network. */
export function downloadBytes(manifest: Manifest): number {
  return runtime.bytes + manifest.model.size_bytes + (headOf(manifest) === null ? 0 : (manifest.head?.size_bytes ?? 0));
}

/** The manifest of a bundle that is complete here. */
export async function keptManifest(database: Database): Promise<Manifest | null> {
  const document = await database.get("documents", MANIFEST);
  return document === undefined ? null : migrated(document.content as AnyManifest);
}

function headOf({ head, head_file }: Manifest): Wanted | null {
  return head == null || head_file == null ? null : { address: head_file, sha256: head.sha256 };
}

export class Bundle {
  private running: Answering | null = null;
  private starting: Promise<Answering | null> | null = null;
  private updating: Promise<void> | null = null;

  constructor(private readonly database: Database, private readonly onChange: (readiness: Readiness) => void) {}

  /** The network that answers here; null if it is not here (yet) or cannot run. */
  async answering(): Promise<Answering | null> {
    return this.running ?? this.starting ?? this.startWith(() => this.start());
  }

  /** End a network after a failure. The next question starts a new one. */
  end({ network }: Answering): void {
    network.end();
    if (this.running?.network === network) this.running = null;
  }

  /** The service's manifest, if it can be reached and its rules are understood here. */
  async newestManifest(): Promise<Manifest | null> {
    const manifest = await this.served();
    return manifest !== null && isUnderstood(manifest) ? manifest : null;
  }

  /** Whether the app of the service's newest build could answer here without a network, if this one can. */
  async suitsNewestApp(): Promise<boolean> {
    if ((await keptManifest(this.database)) === null) return true;
    const newest = await served<Wanted>(NEWEST_RUNTIME_ADDRESS);
    return newest !== null && (await isComplete(this.database, newest.address));
  }

  /**
   * Fetch what is missing, and answer from it from then on; asked twice, it is done once.
   *
   * @throws AwayError If the network goes away meanwhile; what has arrived is kept.
   * @throws DamagedError If a file is not the one that it should be; it is not kept.
   */
  update(): Promise<void> {
    this.updating ??= alone(() => this.fetchAll()).finally(() => {
      this.updating = null;
    });
    return this.updating;
  }

  /** The manifest of this phone's district; of one that has none of its own, the service gives that of everybody. */
  private async served(): Promise<Manifest | null> {
    const district = await districtOf(this.database);
    const found = await served<AnyManifest>(district === null ? MODEL_ADDRESS : `${MODEL_ADDRESS}?district=${encodeURIComponent(district)}`);
    return found && migrated(found);
  }

  private async fetchAll(): Promise<void> {
    if (!isSupported()) return this.onChange({ kind: "unsupported" });
    const district = await districtOf(this.database);
    const manifest = await this.served();
    if (manifest === null) {
      // It is fetched again later.
      if ((await this.answering()) === null) throw new AwayError(`${MODEL_ADDRESS} did not arrive`);
      return;
    }
    if (!isUnderstood(manifest)) return this.leaveToNewerApp();
    if (!(await this.isUnfit(manifest))) await this.take(manifest);
    const answering = await this.answering();
    const newest = await this.fetchNewestRuntime();
    // Remove the old files only after the new model has started.
    if (answering?.manifest.model.sha256 === manifest.model.sha256) await this.forgetOthers(manifest, newest);
    // Another one was chosen meanwhile, or a worker has signed in.
    if ((await districtOf(this.database)) !== district) await this.fetchAll();
  }

  /** A newer app will understand it; until then the service answers, or the model that is here. */
  private async leaveToNewerApp(): Promise<void> {
    if ((await this.answering()) === null) this.onChange({ kind: "unsupported" });
    await this.fetchNewestRuntime();
  }

  /** Answer as the service does from now on, with its model and its rules. */
  private async take(manifest: Manifest): Promise<void> {
    const kept = await keptManifest(this.database);
    if (kept?.model.sha256 === manifest.model.sha256 && (await this.isKept(kept))) {
      const head = headOf(manifest);
      if (head !== null) await this.fetchWhole(head);
      return this.takeRules(kept, manifest);
    }
    await this.fetch(manifest);
    await this.starting;
    // Two at once take more memory than cheap phones have. Who is in the middle of a case asks once more.
    this.running?.network.end();
    this.running = null;
    await this.startWith(() => this.startNew(manifest));
  }

  /** People also edit rules by hand without a new version. Another tab may have kept them, or a newer model, before. */
  private async takeRules(kept: Manifest, manifest: Manifest): Promise<void> {
    const head = await this.readHead(manifest);
    if (JSON.stringify(kept) !== JSON.stringify(manifest)) await this.keep(manifest);
    await this.starting;
    const { running } = this;
    if (running?.manifest.model.sha256 === manifest.model.sha256) this.running = { ...running, manifest, head };
    else if (running !== null) this.end(running);
  }

  private async keep(manifest: Manifest): Promise<void> {
    await this.database.put("documents", { name: MANIFEST, etag: null, content: manifest });
  }

  private async fetch(manifest: Manifest): Promise<void> {
    const total = downloadBytes(manifest);
    let have = 0;
    const onProgress = (bytes: number): void => {
      have += bytes;
      // A phone that can already answer does not show the download of a newer model.
      if (this.running === null) this.onChange({ kind: "fetching", share: Math.min(1, have / total) });
    };
    await this.fetchWhole({ address: manifest.file, sha256: manifest.model.sha256 }, onProgress);
    await this.fetchWhole(runtime, onProgress);
    const head = headOf(manifest);
    if (head !== null) await this.fetchWhole(head, onProgress);
  }

  /** @throws RangeError If it is damaged, or of another network. */
  private async readHead(manifest: Manifest): Promise<Answering["head"]> {
    const wanted = headOf(manifest);
    if (wanted === null) return null;
    const { applyHead, readHead } = await import("../decision/head");
    const content = await download(this.database, wanted.address);
    const head = readHead(content.buffer as ArrayBuffer, manifest.model.network ?? "");
    return (embedding) => applyHead(head, embedding);
  }

  /** Fetch what is missing of a file, and keep it only if it is the right one. */
  private async fetchWhole({ address, sha256 }: Wanted, onProgress?: (bytes: number) => void): Promise<void> {
    if ((await checksum(await download(this.database, address, onProgress))) === sha256) return;
    await discard(this.database, address);
    throw new DamagedError(`${address} arrived damaged`);
  }

  /** Fetch files for the newest app, so that it finds them without a network when it first opens. */
  private async fetchNewestRuntime(): Promise<Wanted> {
    const newest = await served<Wanted>(NEWEST_RUNTIME_ADDRESS);
    if (newest === null) return runtime;
    if (!(await isComplete(this.database, newest.address))) await this.fetchWhole(newest);
    return newest;
  }

  private startWith(start: () => Promise<Answering | null>): Promise<Answering | null> {
    this.starting = start().finally(() => {
      this.starting = null;
    });
    return this.starting;
  }

  private async start(): Promise<Answering | null> {
    const manifest = await keptManifest(this.database);
    if (!isSupported() || manifest === null || !isUnderstood(manifest)) return null;
    // What the browser cannot read any more is as good as gone.
    return (await this.isKept(manifest).catch(() => false)) ? this.load(manifest) : null;
  }

  /** Start a model that has just arrived; the old one goes on where the new one does not start. */
  private async startNew(manifest: Manifest): Promise<Answering | null> {
    const started = await this.load(manifest);
    if (started !== null) {
      await this.keep(manifest);
      return started;
    }
    const old = await this.start();
    // If no model starts, the phone may lack memory. That is no fault of the model.
    if (old !== null && old.manifest.file !== manifest.file) {
      await this.database.put("settings", unfitness(manifest), UNFIT);
      await discard(this.database, manifest.file);
    }
    return old;
  }

  private async isUnfit(manifest: Manifest): Promise<boolean> {
    return (await this.database.get("settings", UNFIT)) === unfitness(manifest);
  }

  private async load(manifest: Manifest): Promise<Answering | null> {
    try {
      const model = await download(this.database, manifest.file);
      const head = await this.readHead(manifest);
      const wasm = await unpacked(await download(this.database, runtime.address));
      const network = await Network.load(wasm, model, () => {
        this.running = null;
      });
      this.running = { manifest, network, head };
    } catch (error) {
      // Out of memory, for instance; the service can still answer.
      console.warn("the network does not start here", error);
      this.onChange({ kind: "unsupported" });
      return null;
    }
    this.onChange({ kind: "ready" });
    return this.running;
  }

  private async isKept(manifest: Manifest): Promise<boolean> {
    const files = [manifest.file, runtime.address, headOf(manifest)?.address ?? manifest.file];
    return (await Promise.all(files.map((address) => isComplete(this.database, address)))).every(Boolean);
  }

  private async forgetOthers(manifest: Manifest, newest: Wanted): Promise<void> {
    const needed = [manifest.file, headOf(manifest)?.address, runtime.address, newest.address];
    const others = (await keptAddresses(this.database)).filter((address) => !needed.includes(address));
    for (const address of others) await discard(this.database, address);
  }
}

/** Run it in one tab at a time. Otherwise people would pay for the same megabytes twice. */
async function alone(work: () => Promise<void>): Promise<void> {
  await navigator.locks.request(LOCK, work);
}

/** A JSON document as the service has it now; null without a network. */
async function served<Content>(address: string): Promise<Content | null> {
  const answer = await request(address, { cache: "no-cache" }, QUICK_MS).catch(() => null);
  return (answer?.ok === true ? await contentOf(answer).catch(() => null) : null) as Content | null;
}

/** A newer runtime may start what this one does not. */
function unfitness({ model }: Manifest): string {
  return `${model.sha256} ${runtime.sha256}`;
}

async function unpacked(packed: Uint8Array): Promise<ArrayBuffer> {
  const stream = new Blob([packed as BlobPart]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

async function checksum(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as BufferSource);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
