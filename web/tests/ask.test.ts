/** What the screen for asking makes of a person's choices. */

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Manifest } from "../src/decision/manifest";
import { Camera } from "../src/part/camera";
import { CropChoice } from "../src/part/crop_choice";
import { AskScreen } from "../src/screen/ask";
import { memoryDatabase, memoryLocks } from "./memory";
import { show } from "./screen";

const CROPS = ["bean", "maize", "rice"].map((id) => ({ id, name: id }));

beforeEach(() => {
  vi.stubGlobal("navigator", { onLine: true, locks: memoryLocks() });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

it.each([
  ["stays open where a key passes through it", true, 5],
  ["closes after a touch", false, 3],
])("the list of crops %s", async (_about, isByKey, left) => {
  const about = { database: memoryDatabase(), manifest: { crops: CROPS } as unknown as Manifest };
  const onChoose = vi.fn();
  const { page, again } = show(CropChoice, { chosen: null as string | null, onChoose }, about);
  await vi.waitFor(() => expect(page.all("input").length).toBe(5));
  page.all("input").at(-2)?.fire("Change", { matches: () => isByKey });
  expect(onChoose).toHaveBeenCalledWith("maize");
  again({}, { chosen: "maize", onChoose });
  expect(page.all("input").length).toBe(left);
});

it("takes one photo, however often the shutter is touched until it is there", async () => {
  const mediaDevices = { getUserMedia: () => new Promise(() => {}) };
  vi.stubGlobal("navigator", { mediaDevices, locks: memoryLocks() });
  const { page } = show(Camera, { onPhoto: () => {}, onClose: () => {}, onFail: () => {} }, {});
  const toBlob = vi.fn();
  document.createElement = () => ({ getContext: () => null, toBlob }) as never;
  const shutter = page.all("button").at(-1)!;
  page.all("video")[0]?.fire("Playing");
  await vi.waitFor(() => expect(shutter.disabled).toBe(false));
  shutter.fire("Click");
  expect(toBlob).toHaveBeenCalledOnce();
  await vi.waitFor(() => expect(shutter.disabled).toBe(true));
});

it("goes on after a file that cannot be read", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const look = () => Promise.reject(new DOMException("gone", "NotReadableError"));
  const about = { database: memoryDatabase(), readiness: { kind: "ready" }, look, setShots: () => {} } as const;
  const { page } = show(AskScreen, { opensCamera: false }, about);
  page.all("input").at(-1)?.fire("Change", { files: [new Blob(["leaf"])] });
  await vi.waitFor(() => expect(page.text).toContain("Take the photo again."));
  expect(page.all("button").filter(({ disabled }) => disabled)).toEqual([]);
});
