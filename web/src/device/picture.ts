/**
 * A photo's bytes to upright RGB pixels of bounded size, as `majani/imaging.py` does it for the service.
 *
 * The browser decodes; what it cannot open (HEIC on most phones) the service may be able to.
 */

import type { Pixels } from "../decision/quality";

/** As the service has them. */
export const MAX_PHOTO_BYTES = 16 * 1024 * 1024;
const MAX_ASPECT = 20;
/** A quarter more than the network looks at; see `majani/imaging.py`. */
const TARGET_SHORT_SIDE_PX = 360;
/** Long side of what is kept and sent: leaves stay sharp, and five photos fit a bad network. */
export const KEPT_SIDE_PX = 1280;
const KEPT_QUALITY = 0.88;

/** A part of the upright photo, as shares of its sides. */
export interface Crop {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export const WHOLE: Crop = { left: 0, top: 0, width: 1, height: 1 };

/** Why a photo cannot be used, in the service's own codes. */
export class PhotoError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/**
 * Decode a photo, upright, colours as they are in the file.
 *
 * A phone's photo is scaled down while it is decoded, which takes a third of the time and a tenth of the memory.
 *
 * @param crop What will be looked at: the smaller the part, the larger the whole has to stay.
 * @throws PhotoError
 */
export async function open(photo: Blob, crop: Crop = WHOLE): Promise<ImageBitmap> {
  if (photo.size === 0) throw new PhotoError("photo_empty");
  if (photo.size > MAX_PHOTO_BYTES) throw new PhotoError("photo_too_large");
  const { width, height } = await sizeOf(photo);
  if (Math.max(width, height) > MAX_ASPECT * Math.min(width, height)) throw new PhotoError("photo_unsupported");
  const scale = KEPT_SIDE_PX / Math.max(crop.width * width, crop.height * height);
  const resize: ImageBitmapOptions =
    scale < 1
      ? { resizeWidth: Math.round(width * scale), resizeHeight: Math.round(height * scale), resizeQuality: "high" }
      : {};
  try {
    return await createImageBitmap(photo, { imageOrientation: "from-image", colorSpaceConversion: "none", ...resize });
  } catch {
    throw new PhotoError("photo_unreadable");
  }
}

/** Of the upright photo; read from its head, nothing is decoded. */
async function sizeOf(photo: Blob): Promise<{ width: number; height: number }> {
  const address = URL.createObjectURL(photo);
  try {
    const image = new Image();
    await new Promise((done, failed) => {
      image.onload = done;
      image.onerror = failed;
      image.src = address;
    });
    return { width: image.naturalWidth, height: image.naturalHeight };
  } catch {
    throw new PhotoError("photo_unreadable");
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** What the network and the quality check are given: short side at least the target, and less than twice it. */
export function pixelsOf(bitmap: ImageBitmap | HTMLCanvasElement, crop: Crop = WHOLE): Pixels {
  const part = partOf(bitmap, crop);
  const side = Math.min(part.width, part.height);
  const scale = side < 2 * TARGET_SHORT_SIDE_PX ? 1 : TARGET_SHORT_SIDE_PX / side;
  const [width, height] = [Math.round(part.width * scale), Math.round(part.height * scale)];
  const { data } = draw(bitmap, part, width, height).context.getImageData(0, 0, width, height);
  const rgb = new Uint8Array(3 * width * height);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    rgb[to] = data[from]!;
    rgb[to + 1] = data[from + 1]!;
    rgb[to + 2] = data[from + 2]!;
  }
  return { width, height, data: rgb };
}

/** The photo as it is kept and sent: a new JPEG, so nothing else that was in the file goes along. */
export async function kept(bitmap: ImageBitmap | HTMLCanvasElement, crop: Crop = WHOLE): Promise<Blob> {
  const part = partOf(bitmap, crop);
  const scale = Math.min(1, KEPT_SIDE_PX / Math.max(part.width, part.height));
  const width = Math.max(1, Math.round(part.width * scale));
  const height = Math.max(1, Math.round(part.height * scale));
  const { canvas } = draw(bitmap, part, width, height);
  return new Promise((done, failed) => {
    canvas.toBlob(
      (blob) => (blob === null ? failed(new PhotoError("photo_unreadable")) : done(blob)),
      "image/jpeg",
      KEPT_QUALITY,
    );
  });
}

/** The photo turned by a quarter, clockwise. */
export async function turned(photo: Blob): Promise<Blob> {
  const bitmap = await open(photo);
  const { canvas, context } = blank(bitmap.height, bitmap.width);
  context.translate(bitmap.height, 0);
  context.rotate(Math.PI / 2);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return kept(canvas);
}

function partOf(bitmap: { width: number; height: number }, crop: Crop): DOMRect {
  const left = Math.round(crop.left * bitmap.width);
  const top = Math.round(crop.top * bitmap.height);
  const width = Math.max(1, Math.min(bitmap.width - left, Math.round(crop.width * bitmap.width)));
  const height = Math.max(1, Math.min(bitmap.height - top, Math.round(crop.height * bitmap.height)));
  return new DOMRect(left, top, width, height);
}

interface Drawing {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
}

function draw(source: CanvasImageSource, part: DOMRect, width: number, height: number): Drawing {
  const drawing = blank(width, height);
  drawing.context.drawImage(source, part.x, part.y, part.width, part.height, 0, 0, width, height);
  return drawing;
}

function blank(width: number, height: number): Drawing {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new PhotoError("photo_unreadable");
  // Transparent areas become white, as the service has it.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  return { canvas, context };
}
