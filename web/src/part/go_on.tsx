/** How an answer is gone on from: with another leaf, with a better photo, with the crop that it is. */

import { useState } from "preact/hooks";
import { contradictsSender, cropsLeft, cropsShown, type Diagnosis, doubtsCrop, needsPhotos } from "../decision/diagnosis";
import type { Shot } from "../device/shot";
import { type Phone, usePhone } from "../phone";
import { goTo } from "../route";
import { type Case, type CasePhoto, deleteCase, MAX_PHOTOS } from "../store/case";
import { CropPicture } from "./crop_picture";
import { DONT_KNOW } from "./crop_choice";
import { Icon } from "./icon";
import { Views } from "./practices";

export const CAMERA = "/camera";

export function GoOn({ one, diagnosis }: { one: Case; diagnosis: Diagnosis }) {
  const phone = usePhone();
  const { words, shots } = phone;
  const [isBusy, setBusy] = useState(false);
  const photos = one.photos.filter(({ isSent }) => isSent);
  // Do not mix these with waiting photos of another plant.
  if (shots.length > 0 && !isBusy) return null;

  function go(to: string, crop: string | null, taken: readonly CasePhoto[]): void {
    setBusy(true);
    void takeAlong(phone, crop, taken).then(() => goTo(to));
  }

  function chooseFromAll(): void {
    setBusy(true);
    void takeAlong(phone, null, photos).then(() => {
      phone.setCrop(null);
      goTo("");
    });
  }

  if (diagnosis.outcome === "retake" || diagnosis.outcome === "not_a_plant") {
    // No answer to keep: the next photo is of the same case.
    const again = (): void => void forget(phone, one).then(() => go(CAMERA, one.crop, []));
    return (
      <button type="button" data-do="better-photo" disabled={isBusy} onClick={again}>
        <Icon name="camera" /> {words.say("Take a better photo")}
      </button>
    );
  }
  if (contradictsSender(diagnosis)) {
    const seen = diagnosis.coarse?.crop ?? "";
    const correct = (): void => go("", seen, photos);
    return (
      <div class="pair which" data-do="which-crop">
        <Crop crop={seen} isBusy={isBusy} onChoose={correct} />
        <Crop crop={diagnosis.crop_hint ?? ""} isBusy={isBusy} onChoose={() => go(CAMERA, diagnosis.crop_hint, [])} />
      </div>
    );
  }
  const crops = cropsLeft(diagnosis);
  if (crops.length > 0) {
    return (
      <div class="which">
        <h2>{words.say("Which crop is it?")}</h2>
        <div class="pair" data-do="which-crop">
          {crops.map((crop) => (
            <Crop key={crop} crop={crop} isBusy={isBusy} onChoose={() => go("", crop, photos)} />
          ))}
          <button type="button" class="second" disabled={isBusy} onClick={chooseFromAll}>
            <Icon name="list" /> {words.say("All crops")}
          </button>
        </div>
      </div>
    );
  }
  if (doubtsCrop(diagnosis)) {
    return (
      <div class="which">
        <h2>{words.say("You said: %(said)s. Is that right?", { said: words.cropName(diagnosis.crop_hint ?? "") })}</h2>
        <div class="pair" data-do="which-crop">
          <Crop crop={diagnosis.crop_hint ?? ""} isBusy={isBusy} onChoose={() => go(CAMERA, diagnosis.crop_hint, photos)} />
          <button type="button" class="second" disabled={isBusy} onClick={chooseFromAll}>
            <Icon name="list" /> {words.say("All crops")}
          </button>
        </div>
      </div>
    );
  }
  if (!needsPhotos(diagnosis) || cropsShown(diagnosis).length > 1 || photos.length >= MAX_PHOTOS) return null;
  return (
    <button type="button" data-do="another-leaf" disabled={isBusy} onClick={() => go(CAMERA, one.crop, photos)}>
      <Icon name="camera" /> <Views diagnosis={diagnosis} otherwise={words.say("Another leaf of this plant")} />
    </button>
  );
}

function Crop({ crop, isBusy, onChoose }: { crop: string; isBusy: boolean; onChoose(): void }) {
  const { words } = usePhone();
  return (
    <button type="button" class="second" data-crop={crop} disabled={isBusy} onClick={onChoose}>
      <CropPicture crop={crop} /> {words.cropName(crop)}
    </button>
  );
}

export async function takeAlong(
  phone: Pick<Phone, "look" | "setShots" | "setCrop">,
  crop: string | null,
  photos: readonly CasePhoto[],
): Promise<void> {
  const again: Shot[] = [];
  // Take one after the other, because each photo is decoded in full.
  for (const { blob, takenAt = 0 } of photos) again.push(await phone.look(blob, undefined, takenAt));
  phone.setShots(() => again);
  phone.setCrop(crop ?? DONT_KNOW);
}

async function forget({ database, delivery, changed }: Phone, one: Case): Promise<void> {
  // It has a worker's notes.
  if ([one.plot, one.note, one.finding, one.affected, one.severity].some((note) => (note ?? "") !== "")) return;
  await deleteCase(database, one.id);
  changed();
  delivery.hurry();
}
