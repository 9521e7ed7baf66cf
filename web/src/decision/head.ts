/**
 * A head: what follows the network, from its embedding of a photo to calibrated probabilities. The phone's copy of
 * `majani/model/head.py`, where what is computed is explained (the file: `majani/model/head_file.py`); golden vectors hold this copy to that one.
 */

import type { ClassEntry } from "./manifest";
import type { Probabilities } from "./rules";

/** What a head's file says beside its numbers. */
export interface HeadManifest {
  readonly schema_version: number;
  readonly version: string;
  /** Checksum of the network that it belongs to. */
  readonly network: string;
  readonly classes: readonly ClassEntry[];
  readonly temperature: number;
  readonly usual_novelty: number;
  readonly novelty_weight: number;
  readonly outside: number;
}

export interface Head {
  readonly manifest: HeadManifest;
  /** Row after row. */
  readonly numbers: Readonly<Record<string, Float64Array>>;
}

const UNDERSTOOD_SCHEMAS = [3, 4];
const LEAST = 1e-37;
const READERS: Readonly<Record<string, readonly [number, (view: DataView, at: number) => number]>> = {
  F32: [4, (view, at) => view.getFloat32(at, true)],
  F16: [2, (view, at) => half(view.getUint16(at, true))],
  I8: [1, (view, at) => view.getInt8(at)],
  U8: [1, (view, at) => view.getUint8(at)],
};

/**
 * Read a head's file, of the format safetensors.
 *
 * @throws RangeError if it is damaged, of a later schema, or of another network than this one.
 */
export function readHead(content: ArrayBuffer, network: string): Head {
  const view = new DataView(content);
  const begin = 8 + Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(content, 8, begin - 8))) as Record<
    string,
    { dtype: string; data_offsets: [number, number] } & Record<string, string>
  >;
  const manifest = JSON.parse(header["__metadata__"]?.["majani"] ?? "{}") as HeadManifest;
  if (!UNDERSTOOD_SCHEMAS.includes(manifest.schema_version)) throw new RangeError("this head is of a later schema");
  if (manifest.network !== network) throw new RangeError(`head ${manifest.version} belongs to another network`);
  const numbers: Record<string, Float64Array> = {};
  for (const [name, { dtype, data_offsets }] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const reader = READERS[dtype];
    if (reader === undefined) throw new RangeError(`numbers of the kind ${dtype} are not known`);
    const [size, read] = reader;
    const [from, to] = data_offsets;
    numbers[name] = Float64Array.from({ length: (to - from) / size }, (_, at) => read(view, begin + from + at * size));
  }
  return { manifest, numbers };
}

/** Calibrated probabilities of an embedding, in the order of the head's classes. */
export function applyHead(head: Head, embedding: Float32Array): Probabilities {
  const { manifest, numbers } = head;
  const of = (name: string): Float64Array => numbers[name] ?? new Float64Array();
  const classes = manifest.classes.length;
  const logits = [
    ...plus(times(of("weights"), embedding), of("bias")),
    ...plus(times(of("outlier_weights"), embedding), of("outlier_bias")),
  ];
  const rejects = of("outlier_rejects");
  const shares = new Float64Array(classes);
  const highest = Math.max(...logits);
  logits.forEach((logit, at) => {
    const speaksFor = at < classes ? at : classes - 2 + (rejects[at - classes] ?? 0);
    shares[speaksFor] = (shares[speaksFor] ?? 0) + Math.exp(logit - highest);
  });
  const total = shares.reduce((sum, share) => sum + share, 0);
  const tempered = Array.from(
    shares,
    (share) => (Math.log(Math.max(share / total, LEAST)) + highest + Math.log(total)) / manifest.temperature,
  );
  const unusual = Math.max(novelty(of, embedding, manifest.outside) - manifest.usual_novelty, 0);
  tempered[classes - 2] = (tempered[classes - 2] ?? 0) + manifest.novelty_weight * unusual;
  const top = Math.max(...tempered);
  const weights = tempered.map((logit) => Math.exp(logit - top));
  const sum = weights.reduce((all, weight) => all + weight, 0);
  return Float32Array.from(weights, (weight) => weight / sum);
}

/** How far a photo is from the nearest condition, less how far it is from the middle of everything. */
function novelty(of: (name: string) => Float64Array, embedding: Float32Array, outside: number): number {
  const [centre, directions, scale, around] = [of("centre"), of("directions"), of("scale"), of("around")];
  const size = scale.length;
  const centred = Float64Array.from(embedding, (value, at) => Math.fround(value - (centre[at] ?? 0)));
  const placed = Float64Array.from(scale, (width, column) => {
    let sum = 0;
    for (let row = 0; row < centred.length; row++) {
      sum += (centred[row] ?? 0) * Math.fround((directions[row * size + column] ?? 0) * width);
    }
    return sum;
  });
  const whitening = of("whitening");
  const whitened = Float64Array.from(scale, (_, column) => {
    let sum = 0;
    for (let row = 0; row < size; row++) sum += (placed[row] ?? 0) * (whitening[row * size + column] ?? 0);
    return sum;
  });
  const means = of("means");
  let nearest = Infinity;
  for (let begin = 0; begin < means.length; begin += size) {
    nearest = Math.min(nearest, squared(whitened.map((value, at) => value - (means[begin + at] ?? 0))));
  }
  const middle = whitened.reduce((sum, value, at) => sum + value * value * (around[at] ?? 0), 0);
  return nearest - middle + outside * Math.max(squared(centred) - squared(placed), 0);
}

/** A matrix, row after row, times a vector. */
function times(matrix: Float64Array, vector: Float32Array): Float64Array {
  return Float64Array.from({ length: matrix.length / vector.length }, (_, row) =>
    vector.reduce((sum, value, column) => sum + value * (matrix[row * vector.length + column] ?? 0), 0),
  );
}

function plus(these: Float64Array, others: Float64Array): Float64Array {
  return these.map((value, at) => value + (others[at] ?? 0));
}

function squared(vector: Float64Array): number {
  return vector.reduce((sum, value) => sum + value * value, 0);
}

/** A floating-point number of 16 bits. */
function half(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
