/** The photos that the person has not asked about yet, and the crop that they have named for them. */

import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { holdRenewal, holdUntilBack } from "./device/renewal";
import type { Shot } from "./device/shot";
import { type Begun, takeOver } from "./page";
import type { Phone } from "./phone";
import { MAX_PHOTOS } from "./store/case";
import type { Draft } from "./store/draft";
import { isShownIn } from "./store/visit";
import type { Work } from "./store/worker";

interface Unasked extends Pick<Phone, "shots" | "setShots" | "crop" | "setCrop"> {
  /** Take over what was begun on the service's page or is left from the last time. */
  takeOver(look: (file: File) => Promise<Shot>): void;
}

export function useUnasked(draft: Draft, begun: Begun, work: Pick<Work, "visit" | "worker">): Unasked {
  const [allShots, setAllShots] = useState<readonly Shot[]>([]);
  const [crop, setCrop] = useState(begun.crop ?? draft.left.crop);
  const [isBack, setBack] = useState(draft.left.photos.length === 0);
  const isShown = (shot: Shot): boolean => isShownIn(shot, work);
  const shots = allShots.filter(isShown);
  // Photos that are of another visit stay until it is open again.
  const setShots: Phone["setShots"] = (change) =>
    setAllShots((now) => [...now.filter((shot) => !isShown(shot)), ...change(now.filter(isShown))]);

  // Hold the lock, so that no newer app takes over.
  useEffect(() => (shots.length > 0 ? holdRenewal() : undefined), [shots.length > 0]);
  // At once, before a question that has failed lets go of the draft: it is of the same photos again.
  useLayoutEffect(() => draft.keep(allShots, crop, isBack), [allShots, crop, isBack]);

  return {
    shots,
    setShots,
    crop,
    setCrop,
    takeOver(look) {
      const { photos } = draft.left;
      const files = [...photos.map(({ file }) => file), ...begun.files];
      takeOver({ ...begun, files }, async (file) => {
        const shot = await look(file);
        const at = files.indexOf(file);
        const { of, follows } = photos[at] ?? shot;
        setShots((now) => [...now, { ...shot, of: of ?? null, follows }].slice(0, MAX_PHOTOS));
        if (at + 1 === photos.length) setBack(true);
      });
      // The person may have opened the camera before the app started.
      if (begun.inputs.length > 0) holdUntilBack();
    },
  };
}
