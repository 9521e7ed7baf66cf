/** What answers on the phone while the service's bundle changes; files and networks are stood in for. */

import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Bundle, keptManifest, type Readiness } from "../src/device/bundle";
import type { Manifest } from "../src/decision/manifest";
import { AwayError } from "../src/request";
import type { Database } from "../src/store/database";
import { chooseDistrict } from "../src/store/district";
import { memoryDatabase, memoryLocks } from "./memory";

const RUNTIME = vi.hoisted(() => ({ address: "/app/ort/1.wasm.gz", bytes: 1, sha256: "" }));
/** By address: what the service has, what is kept here, how often each was fetched; and until when files do not come. */
const files = vi.hoisted(() => ({ served: new Map<string, Uint8Array>(), kept: new Set<string>(), fetched: [] as string[], open: Promise.resolve() }));
/** Models that do not start. */
const unfit = vi.hoisted(() => new Set<string>());

vi.mock("virtual:ort-runtime", () => ({ default: RUNTIME }));

vi.mock("../src/device/download", () => ({
  download: async (_database: unknown, address: string) => {
    if (!files.kept.has(address)) files.fetched.push(address);
    await files.open;
    files.kept.add(address);
    return files.served.get(address)?.slice();
  },
  discard: async (_database: unknown, address: string) => void files.kept.delete(address),
  isComplete: async (_database: unknown, address: string) => files.kept.has(address),
  keptAddresses: async () => [...files.kept],
}));

vi.mock("../src/device/network", () => ({
  Network: {
    load: async (_wasm: ArrayBuffer, model: Uint8Array) => {
      const name = new TextDecoder().decode(model);
      if (unfit.has(name)) throw new Error("out of memory");
      return { name, end: vi.fn() };
    },
  },
}));

let database: Database;
let manifest: Manifest;
/** Of the district, once it has taught. */
let taught: Manifest | null;
let readiness: Readiness[];
let bundle: Bundle;

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function put(address: string, content: Uint8Array): string {
  files.served.set(address, content);
  return sha256Of(content);
}

/** From now on the service answers with this model. */
function serve(name: string, facts: Partial<Manifest> = {}): void {
  const file = `/v1/model/${name}.onnx`;
  const sha256 = put(file, new TextEncoder().encode(name));
  const rules = { reject: 0.5 } as Manifest["rules"];
  const about = { schema_version: 1, version: name, crops: [], parents: [], classes: [], rules };
  manifest = { ...about, model: { sha256, size_bytes: 1 }, file, ...facts };
}

/** What a phone of the district gets: the network of everybody with a head, whose file is as short as such a file can be. */
function teach(name: string): void {
  const network = "f".repeat(64);
  const head = JSON.stringify({ __metadata__: { majani: JSON.stringify({ schema_version: 3, version: name, network, classes: [] }) } });
  const content = new Uint8Array(8 + head.length);
  content[0] = head.length & 255;
  content[1] = head.length >> 8;
  content.set(new TextEncoder().encode(head), 8);
  const head_file = `/v1/model/${name}.safetensors?district=kitui`;
  const sha256 = put(head_file, content);
  const model = { ...manifest.model, network };
  taught = { ...manifest, version: name, model, head: { in_graph: false, sha256, size_bytes: content.length }, head_file };
}

async function nameOfAnswering(): Promise<string | undefined> {
  return (await bundle.answering())?.manifest.version;
}

beforeEach(() => {
  RUNTIME.sha256 = put(RUNTIME.address, gzipSync("runtime"));
  files.kept.clear();
  files.fetched.length = 0;
  unfit.clear();
  database = memoryDatabase();
  readiness = [];
  bundle = new Bundle(database, (now) => readiness.push(now));
  serve("old");
  taught = null;
  vi.stubGlobal("navigator", { onLine: true, locks: memoryLocks() });
  vi.stubGlobal("Worker", class {});
  const models: Record<string, () => Manifest> = { "/v1/model": () => manifest, "/v1/model?district=kitui": () => taught ?? manifest };
  vi.stubGlobal("fetch", async (address: string) => Response.json(models[address]?.() ?? RUNTIME));
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

it("takes rules that were edited under the same version, and keeps network and model", async () => {
  await bundle.update();
  const before = await bundle.answering();
  const rules = { ...manifest.rules, reject: 0.9 };
  serve("old", { rules });
  await bundle.update();
  const after = await bundle.answering();
  expect(after?.manifest.rules.reject).toBe(0.9);
  expect((await keptManifest(database))?.rules.reject).toBe(0.9);
  expect(after?.network).toBe(before?.network);
  expect(before?.network.end).not.toHaveBeenCalled();
  expect(files.fetched).toEqual(["/v1/model/old.onnx", RUNTIME.address]);
});

it("takes rules that another tab has taken before", async () => {
  await bundle.update();
  const other = new Bundle(database, () => {});
  await other.update();
  serve("old", { rules: { ...manifest.rules, reject: 0.9 } });
  await bundle.update();
  await other.update();
  expect((await other.answering())?.manifest.rules.reject).toBe(0.9);
});

it("answers from the model that another tab has taken, and never by its rules with another network", async () => {
  const other = new Bundle(database, () => {});
  await other.update();
  const before = await other.answering();
  serve("new");
  await bundle.update();
  serve("new", { rules: { ...manifest.rules, reject: 0.9 } });
  await other.update();
  expect(before?.network.end).toHaveBeenCalled();
  expect(await other.answering()).toMatchObject({ manifest: { version: "new" }, network: { name: "new" } });
});

it("answers from another model once that has started, and lets the old one go", async () => {
  await bundle.update();
  const before = await bundle.answering();
  serve("new");
  await bundle.update();
  expect(await nameOfAnswering()).toBe("new");
  expect(before?.network.end).toHaveBeenCalled();
  expect([...files.kept]).toEqual([RUNTIME.address, "/v1/model/new.onnx"]);
});

it("goes on with the old model where the new one does not start, and does not fetch that one again", async () => {
  await bundle.update();
  serve("new");
  unfit.add("new");
  for (let times = 0; times < 2; times++) await bundle.update();
  expect(await nameOfAnswering()).toBe("old");
  expect((await keptManifest(database))?.version).toBe("old");
  expect(readiness.at(-1)).toEqual({ kind: "ready" });
  expect(files.fetched.filter((address) => address.endsWith("new.onnx")).length).toBe(1);
  expect([...files.kept].sort()).toEqual([RUNTIME.address, "/v1/model/old.onnx"]);
  serve("newest");
  await bundle.update();
  expect(await nameOfAnswering()).toBe("newest");
});

it("tries a first model again, which may only have been short of memory", async () => {
  unfit.add("old");
  await bundle.update();
  expect(readiness.at(-1)).toEqual({ kind: "unsupported" });
  expect(await bundle.answering()).toBeNull();
  unfit.clear();
  await bundle.update();
  expect(await nameOfAnswering()).toBe("old");
  expect(files.fetched).toEqual(["/v1/model/old.onnx", RUNTIME.address]);
});

it("starts another network after one was ended", async () => {
  await bundle.update();
  const before = await bundle.answering();
  if (before === null) throw new Error("nothing answers");
  bundle.end(before);
  const after = await bundle.answering();
  expect(before.network.end).toHaveBeenCalled();
  expect(after?.network).not.toBe(before.network);
  // Long replaced, it takes nothing from its successor.
  bundle.end(before);
  expect((await bundle.answering())?.network).toBe(after?.network);
});

it("says where the rules are too new for it, and fetches what the newer app will need", async () => {
  serve("newer", { schema_version: 5 });
  await bundle.update();
  expect(readiness.at(-1)).toEqual({ kind: "unsupported" });
  expect(files.fetched).toEqual([RUNTIME.address]);
});

it("says nothing of rules that are too new where an older bundle answers", async () => {
  await bundle.update();
  serve("newer", { schema_version: 5 });
  await bundle.update();
  expect(readiness.at(-1)).toEqual({ kind: "ready" });
  expect(await nameOfAnswering()).toBe("old");
});

it("is away where the service does not say which model it has, unless an older one answers", async () => {
  const served = globalThis.fetch;
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  await expect(bundle.update()).rejects.toThrow(AwayError);
  vi.stubGlobal("fetch", served);
  await bundle.update();
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  await bundle.update();
  expect(await nameOfAnswering()).toBe("old");
});

it("fetches the head alone where its district has taught, and goes back to everybody's answers", async () => {
  await bundle.update();
  const before = await bundle.answering();
  await chooseDistrict(database, "kitui");
  teach("kitui");
  files.fetched.length = 0;
  await bundle.update();
  const own = await bundle.answering();
  expect(files.fetched).toEqual([taught?.head_file]);
  expect(own?.manifest.version).toBe("kitui");
  expect(own?.network).toBe(before?.network);
  expect(own?.head).not.toBeNull();
  // The next start has no network.
  const offline = new Bundle(database, () => {});
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  expect((await offline.answering())?.head).not.toBeNull();
});

it("answers as everybody's again once the district has no bundle, and lets its head go", async () => {
  await chooseDistrict(database, "kitui");
  teach("kitui");
  await bundle.update();
  expect(await nameOfAnswering()).toBe("kitui");
  taught = null;
  await bundle.update();
  expect(await bundle.answering()).toMatchObject({ manifest: { version: "old" }, head: null });
  expect([...files.kept].sort()).toEqual([RUNTIME.address, "/v1/model/old.onnx"]);
});

it("goes on as everybody's where the head is damaged or of another network", async () => {
  await bundle.update();
  await chooseDistrict(database, "kitui");
  teach("kitui");
  taught = { ...taught!, model: { ...taught!.model, network: "0".repeat(64) } };
  await expect(bundle.update()).rejects.toThrow(RangeError);
  teach("kitui");
  files.kept.delete(taught.head_file!);
  files.served.set(taught.head_file!, new Uint8Array(9));
  await expect(bundle.update()).rejects.toThrow("damaged");
  expect(await bundle.answering()).toMatchObject({ manifest: { version: "old" }, head: null });
});

it("fetches what a district has that was chosen while it fetched", async () => {
  teach("kitui");
  let open = (): void => {};
  files.open = new Promise((done) => (open = done));
  const first = bundle.update();
  await vi.waitFor(() => expect(files.fetched.length).toBeGreaterThan(0));
  await chooseDistrict(database, "kitui");
  open();
  await first;
  expect(await nameOfAnswering()).toBe("kitui");
});
