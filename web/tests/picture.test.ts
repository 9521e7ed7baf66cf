/** Photos have the size that the service would give them, and are as old as they are. */

import { afterEach, expect, it, vi } from "vitest";
import { factorOf, WHOLE } from "../src/device/picture";
import { look } from "../src/device/shot";
import { readPlace } from "../src/part/consent";
import { takeAlong } from "../src/part/go_on";
import type { Phone } from "../src/phone";

afterEach(() => vi.unstubAllGlobals());

/** Of a JPEG as Pillow's `draft` and `reduce` come to it in `majani/image/decode.py`. */
it.each([
  [359, 1, 1],
  [719, 1, 1],
  [720, 2, 2],
  [1437, 2, 3],
  [1438, 2, 3],
  [1439, 4, 3],
  [1440, 4, 4],
  [2873, 4, 7],
  [2876, 4, 7],
  [2877, 8, 7],
  [2879, 8, 7],
  [2880, 8, 8],
  [5760, 16, 16],
])("divides %d px by %d in a JPEG, by %d in another file", (sidePx, ofJpeg, ofOthers) => {
  expect([factorOf(sidePx, true), factorOf(sidePx, false)]).toEqual([ofJpeg, ofOthers]);
});

it("takes a photo's age from its file, unless it was made from an older one", async () => {
  const file = new File([], "leaf.jpg", { lastModified: 1_000 });
  expect((await look(file, undefined)).takenAt).toBe(1_000);
  expect((await look(new Blob([]), undefined, undefined, WHOLE, 1_000)).takenAt).toBe(1_000);
  expect(Date.now() - (await look(new Blob([]), undefined)).takenAt).toBeLessThan(10_000);
});

it("knows the place of photos that were taken just now only", async () => {
  const found = { coords: { latitude: -1.2921, longitude: 36.8219 } };
  const geolocation = { getCurrentPosition: (done: (position: typeof found) => void) => done(found) };
  vi.stubGlobal("navigator", { geolocation });
  expect(await readPlace([{ takenAt: Date.now() }])).toEqual({ latitude: -1.3, longitude: 36.8 });
  expect(await readPlace([{ takenAt: Date.now() }, { takenAt: Date.now() - 3_600_000 }])).toBeNull();
});

it("knows when a photo was taken that another case takes along, if its own knew", async () => {
  const look = vi.fn();
  const photo = { blob: new Blob([]), isSent: true, heatmap: null };
  await takeAlong({ look, setShots: () => {}, setCrop: () => {} } as unknown as Phone, null, [{ ...photo, takenAt: 1_000 }, photo]);
  expect(look.mock.calls.map(([, , takenAt]) => takenAt)).toEqual([1_000, 0]);
});
