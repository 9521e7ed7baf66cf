/** The list of all answers on the phone. */

import { expect, it } from "vitest";
import { waitingFirst } from "../src/screen/answers";
import { newCase, type Whereabouts } from "../src/store/case";

const ASKED = { language: "sw", crop: null, photos: [], diagnosis: null, keepsPhotos: false, place: null, visit: null };

it("begins with what waits, and goes on with the newest", () => {
  const places: readonly Whereabouts[] = ["here", "waiting", "sent", "waiting", "refused"];
  const cases = places.map((whereabouts, at) => ({ ...newCase(ASKED), id: String(at), createdAt: at, whereabouts }));
  expect(waitingFirst(cases).map(({ id }) => id)).toEqual(["3", "1", "4", "2", "0"]);
});
