/** The photos of a case, and where on them the answer was seen. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type Heatmap, paint } from "../device/heatmap";
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
          <Icon name="leaf" /> {words.say("Show where Majani looked")}
        </button>
      )}
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

function Overlay({ heatmap }: { heatmap: Heatmap }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current !== null) paint(canvas.current, heatmap);
  }, [heatmap]);
  return <canvas ref={canvas} class="overlay" aria-hidden="true" />;
}
