/** The photos of a case: small beside what they are compared with, larger at a touch, with a line around where the answer was seen. */

import { useState } from "preact/hooks";
import { contour, type Heatmap } from "../device/heatmap";
import { useAddress, usePhone } from "../phone";
import type { Case, CasePhoto } from "../store/case";
import { Dialog } from "./dialog";
import { Examples } from "./example";
import { Icon } from "./icon";

/** The leaf that was asked about, and leaves of others that had the condition. */
export function Beside({ one, condition, name }: { one?: Case | undefined; condition: string; name: string }) {
  return (
    <div class="beside">
      {one !== undefined && <OwnPhoto one={one} />}
      <Examples condition={condition} name={name} />
    </div>
  );
}

export function OwnPhoto({ one }: { one: Case }) {
  const { words } = usePhone();
  const [isOpen, open] = useState(false);
  const title = words.ngettext("Your photo", "Your photos", one.photos.length);
  const [first] = one.photos;
  if (first === undefined) return null;
  return (
    <>
      <button type="button" class="picture own" data-do="larger" onClick={() => open(true)}>
        <Picture photo={first} of={`${one.id} 0`} title={title} />
        <span aria-hidden="true">{title}</span>
      </button>
      {isOpen && <Larger one={one} title={title} isMarked={false} onClose={() => open(false)} />}
    </>
  );
}

/** Shows where the network looked. */
export function Marks({ one }: { one: Case }) {
  const { words } = usePhone();
  const [isOpen, open] = useState(false);
  if (!one.photos.some((photo) => photo.heatmap?.grid.some((value) => value > 0))) return null;
  return (
    <>
      <button type="button" class="second" data-do="marks" onClick={() => open(true)}>
        <Icon name="eye" /> {words.say("Where it looked")}
      </button>
      {isOpen && <Larger one={one} title={words.say("The computer looked mostly here.")} isMarked={true} onClose={() => open(false)} />}
    </>
  );
}

function Larger({ one, title, isMarked, onClose }: { one: Case; title: string; isMarked: boolean; onClose(): void }) {
  const { words } = usePhone();
  return (
    <Dialog title={title} class="case-photos" onClose={onClose}>
      {one.photos.map((photo, at) => (
        <figure>
          <Picture photo={photo} of={`${one.id} ${at}`} title={words.say("Photo %(number)d", { number: at + 1 })} />
          {isMarked && photo.heatmap !== null && <Overlay heatmap={photo.heatmap} />}
        </figure>
      ))}
    </Dialog>
  );
}

/** @param of What tells it from all others. */
function Picture({ photo, of, title }: { photo: CasePhoto; of: string; title: string }) {
  const address = useAddress(photo.blob, of);
  return address === "" ? null : <img src={address} alt={title} />;
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
