/** An answer as one picture, for people who get it through a messenger and have no app. */

import type { Case } from "../store/case";
import type { Said } from "../part/read_aloud";
import { PROGRAM } from "../text/sentences";
import type { Wording } from "../text/wording";
import { open, sizeOf } from "./picture";

const WIDTH = 720;
const PHOTO_HEIGHT = 540;
const MARGIN = 36;
const INK = "#1b1f1a";
const QUIET = "#4c564a";

interface Line {
  readonly text: string;
  readonly sizePx: number;
  readonly weight: number;
  readonly colour: string;
}

/** A PNG; the browser's own text layout shapes every script. */
export async function drawAnswer(words: Wording, one: Case, { title, answer, advice, isTaken }: Said): Promise<Blob> {
  const line = (text: string | undefined, sizePx: number, weight: number, colour: string): Line[] => (text ? [{ text, sizePx, weight, colour }] : []);
  const lines = [
    ...line(title.label, 28, 700, QUIET),
    ...line(title.headline, 44, 700, INK),
    ...line(advice && words.sign(advice, answer), 28, 600, INK),
    ...line(words.otherTroubles(answer), 28, 600, INK),
    ...line(words.cautionOn(answer, isTaken ? advice : undefined), 28, 600, INK),
    ...line(advice && words.reviews(advice)[0], 24, 400, QUIET),
    ...line(words.say(PROGRAM), 24, 400, QUIET),
    ...line(`Majani · ${words.day(one.createdAt)}`, 24, 400, QUIET),
  ];

  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  const measuring = canvas.getContext("2d");
  if (measuring === null) throw new Error("this browser draws nothing");
  const rows = lines.flatMap((line) => wrapped(measuring, line).map((text) => ({ ...line, text })));
  canvas.height = PHOTO_HEIGHT + MARGIN * 2 + rows.reduce((sum, row) => sum + row.sizePx * 1.4, 0);
  await paintAll(canvas, rows, one, words.texts.language.direction);
  return new Promise((done, failed) => {
    canvas.toBlob((blob) => (blob === null ? failed(new Error("no picture")) : done(blob)), "image/png");
  });
}

async function paintAll(canvas: HTMLCanvasElement, rows: readonly Line[], one: Case, direction: "ltr" | "rtl"): Promise<void> {
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  const photo = one.photos[0] && (await decoded(one.photos[0].blob).catch(() => null));
  if (photo) {
    const scale = Math.max(WIDTH / photo.width, PHOTO_HEIGHT / photo.height);
    const [width, height] = [WIDTH / scale, PHOTO_HEIGHT / scale];
    const [left, top] = [(photo.width - width) / 2, (photo.height - height) / 2];
    context.drawImage(photo, left, top, width, height, 0, 0, WIDTH, PHOTO_HEIGHT);
    photo.close();
  }
  context.direction = direction;
  context.textAlign = "start";
  let bottom = PHOTO_HEIGHT + MARGIN;
  for (const row of rows) {
    bottom += row.sizePx * 1.2;
    context.font = fontOf(row);
    context.fillStyle = row.colour;
    context.fillText(row.text, direction === "rtl" ? WIDTH - MARGIN : MARGIN, bottom);
    bottom += row.sizePx * 0.2;
  }
}

async function decoded(photo: Blob): Promise<ImageBitmap> {
  return open(photo, await sizeOf(photo), 1);
}

function wrapped(context: CanvasRenderingContext2D, line: Line): string[] {
  context.font = fontOf(line);
  const rows: string[] = [];
  for (const word of line.text.split(" ")) {
    const longer = rows.length === 0 ? word : `${rows.at(-1)} ${word}`;
    if (rows.length > 0 && context.measureText(longer).width <= WIDTH - 2 * MARGIN) rows[rows.length - 1] = longer;
    else rows.push(word);
  }
  return rows;
}

function fontOf({ sizePx, weight }: Line): string {
  return `${weight} ${sizePx}px system-ui, "Noto Sans", "Noto Naskh Arabic", "Noto Sans Devanagari", "Noto Sans Bengali", sans-serif`;
}
