/** How an answer is gone on from: with another leaf, with a better photo, with the crop that it is. */

import { useState } from "preact/hooks";
import { type Diagnosis, needsPhotos } from "../decision/diagnosis";
import type { Shot } from "../device/shot";
import { type Phone, usePhone } from "../phone";
import { goTo } from "../route";
import { type Case, type CasePhoto, deleteCase, MAX_PHOTOS } from "../store/case";
import { CropPicture } from "./crop_picture";
import { DONT_KNOW } from "./crop_choice";
import { Icon } from "./icon";
import { planOn } from "./practices";

export const CAMERA = "/camera";

export function GoOn({ one, diagnosis }: { one: Case; diagnosis: Diagnosis }) {
  const phone = usePhone();
  const { words, shots } = phone;
  const [isBusy, setBusy] = useState(false);
  const photos = one.photos.filter(({ isSent }) => isSent);
  // Do not mix these with waiting photos of another plant.
  if (shots.length > 0 && !isBusy) return null;

  /** With these photos, and the crop as it is known by then. */
  function go(to: string, crop: string | null, taken: readonly CasePhoto[]): void {
    setBusy(true);
    void takeAlong(phone, crop, taken).then(() => goTo(to));
  }

  if (diagnosis.outcome === "retake" || diagnosis.outcome === "not_a_plant" || words.unclear(diagnosis) !== "") {
    // No answer to keep: the next photo is of the same case.
    const again = (): void => void forget(phone, one).then(() => go(CAMERA, one.crop ?? DONT_KNOW, []));
    return (
      <button type="button" data-do="better-photo" disabled={isBusy} onClick={again}>
        <Icon name="camera" /> {words.say("Take a better photo")}
      </button>
    );
  }
  if (asksCrop(diagnosis)) {
    return (
      <div class="pair which" data-do="which-crop">
        {diagnosis.crops.map(({ id, name }) => (
          <button key={id} type="button" class="second" data-crop={id} disabled={isBusy} onClick={() => go("", id, photos)}>
            <CropPicture crop={id} /> {words.cropName(id, name)}
          </button>
        ))}
        {diagnosis.why === "which_crop" && (
          <button type="button" class="second" data-do="all-crops" disabled={isBusy} onClick={() => go("", null, photos)}>
            <Icon name="list" /> {words.say("All crops")}
          </button>
        )}
      </div>
    );
  }
  if (!asksLeaf(one, diagnosis)) return null;
  const { views } = planOn(diagnosis, words.texts);
  return (
    <button type="button" class="second" data-do="another-leaf" disabled={isBusy} onClick={() => go(CAMERA, one.crop ?? DONT_KNOW, photos)}>
      <Icon name="camera" /> <span data-view={views.join(" ")}>{views.map((view) => words.texts.views?.[view]).join(" ") || words.say("Another leaf of this plant")}</span>
    </button>
  );
}

/** Whether the crop is asked for: never one that was given, unless the photos show another. */
export function asksCrop({ why }: Diagnosis): boolean {
  return why === "which_crop" || why === "another_crop";
}

export function asksLeaf({ photos }: Case, diagnosis: Diagnosis): boolean {
  const { why } = diagnosis;
  return needsPhotos(diagnosis) && !asksCrop(diagnosis) && why !== "several_plants" && photos.filter(({ isSent }) => isSent).length < MAX_PHOTOS;
}

export async function takeAlong(phone: Phone, crop: string | null, photos: readonly CasePhoto[]): Promise<void> {
  const again: Shot[] = [];
  // Take one after the other, because each photo is decoded in full.
  for (const { blob, takenAt = 0 } of photos) again.push(await phone.look(blob, undefined, takenAt));
  phone.setShots(() => again);
  phone.setCrop(crop);
}

async function forget({ database, delivery, changed }: Phone, one: Case): Promise<void> {
  // It has a worker's notes.
  if ([one.plot, one.note, one.finding, one.affected, one.severity].some((note) => (note ?? "") !== "")) return;
  await deleteCase(database, one.id);
  changed();
  delivery.hurry();
}
