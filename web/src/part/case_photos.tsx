/** The photos of a case, and where on them the answer was seen. */

import { useState } from "preact/hooks";
import { contour, type Heatmap } from "../device/heatmap";
import { useAddress, usePhone } from "../phone";
import type { Case, CasePhoto } from "../store/case";
import { Icon } from "./icon";

export function CasePhotos({ one }: { one: Case }) {
  const { words } = usePhone();
  const [isShown, show] = useState(false);
  const hasHeatmap = one.photos.some((photo) => photo.heatmap?.grid.some((value) => value > 0));
  return (
    <>
      <div class="case-photos">
        {one.photos.map((photo, at) => (
          <Photo photo={photo} of={`${one.id} ${at}`} title={words.say("Photo %(number)d", { number: at + 1 })} isMarked={isShown} />
        ))}
      </div>
      {hasHeatmap && (
        <button type="button" class="second" aria-pressed={isShown} onClick={() => show(!isShown)}>
          <Icon name="leaf" /> {isShown ? words.say("Hide the marks") : words.say("Show where Majani looked")}
        </button>
      )}
      {isShown && <p class="legend">{words.say("Marked: what the answer rests on.")}</p>}
    </>
  );
}

interface PhotoProps {
  photo: CasePhoto;
  /** What tells it from all others. */
  of: string;
  title: string;
  isMarked: boolean;
}

function Photo({ photo, of, title, isMarked }: PhotoProps) {
  const address = useAddress(photo.blob, of);
  return (
    <figure>
      {address !== "" && <img src={address} alt={title} />}
      {isMarked && photo.heatmap !== null && <Overlay heatmap={photo.heatmap} />}
    </figure>
  );
}

/** A dark line on a light one, to be seen on every leaf. */
function Overlay({ heatmap }: { heatmap: Heatmap }) {
  const path = contour(heatmap);
  return (
    <svg class="overlay" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
      <path d={path} />
      <path d={path} />
    </svg>
  );
}
