/** An unsure answer gets surer with more leaves of the same plant: the photos so far, to be gone on with. */

import { useState } from "preact/hooks";
import type { Shot } from "../device/shot";
import { usePhone } from "../phone";
import { goTo } from "../route";
import { type Case, MAX_PHOTOS } from "../store/case";
import { Icon } from "./icon";

export function AnotherLeaf({ one }: { one: Case }) {
  const { words, shots, look, setShots, setCrop } = usePhone();
  const [isBusy, setBusy] = useState(false);
  const photos = one.photos.filter(({ isSent }) => isSent);
  // Do not mix these with waiting photos of another plant.
  if (photos.length >= MAX_PHOTOS || (shots.length > 0 && !isBusy)) return null;

  async function goOn(): Promise<void> {
    setBusy(true);
    const again: Shot[] = [];
    // Take one after the other, because each photo is decoded in full.
    for (const { blob } of photos) again.push(await look(blob, undefined, one.createdAt));
    setShots(() => again);
    setCrop(one.crop);
    goTo("");
  }

  return (
    <button type="button" data-do="another-leaf" disabled={isBusy} onClick={() => void goOn()}>
      <Icon name="camera" /> {words.say("Another leaf of this plant")}
    </button>
  );
}
