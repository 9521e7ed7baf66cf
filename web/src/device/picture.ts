/**
 * A photo's bytes to upright RGB pixels of bounded size, as `majani/image/decode.py` does it for the service.
 *
 * The browser decodes. The service may be able to open other photos, but no HEIC.
 */

import type { Pixels } from "../decision/quality";

/** As the service has them. */
export const MAX_PHOTO_BYTES = 16 * 1024 * 1024;
const MAX_ASPECT = 20;
/** A quarter more than the network looks at; see `majani/image/decode.py`. */
const TARGET_SHORT_SIDE_PX = 360;
/** Long side of what is kept and sent: leaves stay sharp, and five photos fit a bad network. */
export const KEPT_SIDE_PX = 1280;
const KEPT_QUALITY = 0.88;

/** A part of the upright photo, as shares of its sides. */
export interface Cut {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export const WHOLE: Cut = { left: 0, top: 0, width: 1, height: 1 };

/** Why a photo cannot be used; its message is one of the service's own codes. */
export class PhotoError extends Error {}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** A photo in both sizes in which it is used. */
export interface Opened {
  /** What the network and the quality check are given, of the size that the service would give them. */
  readonly pixels: Pixels;
  /** The same, to be shown. */
  readonly canvas: HTMLCanvasElement;
  /** Make once what is kept and sent: a new JPEG, so nothing else that was in the file goes along. */
  readonly kept: () => Promise<Blob>;
}

/**
 * Open a photo, or a part of it. Decoding takes longer than all that follows, so it happens once.
 *
 * @throws PhotoError
 */
export async function read(photo: Blob, cut: Cut = WHOLE): Promise<Opened> {
  const size = await sizeOf(photo);
  const part = partOf(size, cut);
  const seenAt = 1 / factorOf(Math.min(part.width, part.height), photo.type === "image/jpeg");
  const keptAt = Math.min(1, KEPT_SIDE_PX / Math.max(part.width, part.height));
  const bitmap = await open(photo, size, Math.max(seenAt, keptAt));
  const seen = draw(bitmap, cut, scaled(size, seenAt));
  const kept = async (): Promise<Blob> => {
    try {
      return await written(draw(bitmap, cut, scaled(size, keptAt)).canvas);
    } catch {
      // Small is better than lost, where memory is short.
      return written(seen.canvas);
    } finally {
      bitmap.close();
    }
  };
  return { pixels: pixelsOf(seen), canvas: seen.canvas, kept };
}

function scaled({ width, height }: Size, scale: number): Size {
  return { width: Math.ceil(width * scale), height: Math.ceil(height * scale) };
}

export function pixelsOf({ context, canvas: { width, height } }: Drawing): Pixels {
  const { data } = context.getImageData(0, 0, width, height);
  const rgb = new Uint8Array(3 * width * height);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    rgb[to] = data[from]!;
    rgb[to + 1] = data[from + 1]!;
    rgb[to + 2] = data[from + 2]!;
  }
  return { width, height, data: rgb };
}

/** Decode a photo of known size, upright, colours as they are in the file; scaled down while it is decoded. */
export async function open(photo: Blob, size: Size, scale: number): Promise<ImageBitmap> {
  const { width: resizeWidth, height: resizeHeight } = scaled(size, scale);
  let frame: VideoFrame | null = null;
  try {
    frame = await smallFrame(photo, size, Math.ceil(8 * scale));
    return await createImageBitmap(frame ?? photo, { colorSpaceConversion: "none", resizeWidth, resizeHeight, resizeQuality: "high" });
  } catch {
    throw new PhotoError("photo_unreadable");
  } finally {
    frame?.close();
  }
}

/** A JPEG decoded to so many eighths of its size, where the browser can: half the time, a seventh of the memory. */
async function smallFrame(photo: Blob, size: Size, eighths: number): Promise<VideoFrame | null> {
  // Chromium alone, which has these data, was seen to turn such frames upright.
  if (eighths > 7 || photo.type !== "image/jpeg" || !("userAgentData" in navigator)) return null;
  const { width: desiredWidth, height: desiredHeight } = scaled(size, eighths / 8);
  const decoder = new ImageDecoder({ data: photo.stream(), type: photo.type, desiredWidth, desiredHeight, colorSpaceConversion: "none" });
  const { image } = await decoder.decode().finally(() => decoder.close());
  return image;
}

/**
 * Of the upright photo; read from its head, nothing is decoded.
 *
 * @throws PhotoError
 */
export async function sizeOf(photo: Blob): Promise<Size> {
  if (photo.size === 0) throw new PhotoError("photo_empty");
  if (photo.size > MAX_PHOTO_BYTES) throw new PhotoError("photo_too_large");
  const address = URL.createObjectURL(photo);
  const image = new Image();
  try {
    await new Promise((done, failed) => {
      image.onload = done;
      image.onerror = failed;
      image.src = address;
    });
  } catch {
    throw new PhotoError((await isHeic(photo)) ? "heic_not_supported" : "photo_unreadable");
  } finally {
    URL.revokeObjectURL(address);
  }
  const { naturalWidth: width, naturalHeight: height } = image;
  if (Math.max(width, height) > MAX_ASPECT * Math.min(width, height)) throw new PhotoError("photo_unsupported");
  return { width, height };
}

/** Decide by the first bytes, as the service does. */
async function isHeic(photo: Blob): Promise<boolean> {
  return /^ftyp(he[iv][cmsx]|mif1|msf1)$/.test(await photo.slice(4, 12).text());
}

/** By how much the service would divide: of a JPEG first by what its decoder can, and then by a whole number. */
export function factorOf(sidePx: number, isJpeg: boolean): number {
  const whole = (side: number): number => Math.max(1, Math.floor(side / TARGET_SHORT_SIDE_PX));
  if (!isJpeg) return whole(sidePx);
  // As Pillow's `draft` chooses, by the side as it is in the file; what it decodes is rounded up.
  const decoded = [8, 4, 2].find((factor) => whole(sidePx) >= factor) ?? 1;
  return decoded * whole(Math.ceil(sidePx / decoded));
}

/** What is kept of a photo, turned by a quarter, clockwise. */
export async function turned(photo: Blob): Promise<Blob> {
  const bitmap = await createImageBitmap(photo, { colorSpaceConversion: "none" });
  const { canvas, context } = blank({ width: bitmap.height, height: bitmap.width });
  context.translate(bitmap.height, 0);
  context.rotate(Math.PI / 2);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return written(canvas);
}

interface Part extends Size {
  readonly x: number;
  readonly y: number;
}

function partOf(size: Size, cut: Cut): Part {
  const x = Math.round(cut.left * size.width);
  const y = Math.round(cut.top * size.height);
  const width = Math.max(1, Math.min(size.width - x, Math.round(cut.width * size.width)));
  const height = Math.max(1, Math.min(size.height - y, Math.round(cut.height * size.height)));
  return { x, y, width, height };
}

interface Drawing {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
}

/** Draw a part of a picture, of which the whole gets this size. */
function draw(bitmap: ImageBitmap, cut: Cut, whole: Size): Drawing {
  const from = partOf(bitmap, cut);
  const drawing = blank(partOf(whole, cut));
  const { canvas, context } = drawing;
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, from.x, from.y, from.width, from.height, 0, 0, canvas.width, canvas.height);
  return drawing;
}

function blank({ width, height }: Size): Drawing {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new PhotoError("photo_unreadable");
  // Transparent areas become white, as the service has it.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  return { canvas, context };
}

function written(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((done, failed) => {
    canvas.toBlob((blob) => (blob === null ? failed(new PhotoError("photo_unreadable")) : done(blob)), "image/jpeg", KEPT_QUALITY);
  });
}
