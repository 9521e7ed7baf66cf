/** What the person allows us to keep: nothing, until they say so for this plant. */

import type { Shot } from "../device/shot";
import { usePhone } from "../phone";
import type { Place } from "../store/case";
import { PLACE_PATIENCE_MS } from "../store/delivery";

export interface Allowed {
  readonly photos: boolean;
  readonly place: boolean;
}

/** Where every plant begins: a farmer who allowed it for one plant has not allowed it for the next. */
export const NOTHING: Allowed = { photos: false, place: false };
/** People stay in a field for at least this long. */
const RECENT_MS = 30 * 60_000;

export function Consent({ consent, onChange }: { consent: Allowed; onChange(allowed: Allowed): void }) {
  const { words } = usePhone();
  if (IS_DEMO) return null;
  return (
    <>
      <p class="consent">
        <input
          type="checkbox"
          id="consent"
          checked={consent.photos}
          onChange={({ currentTarget: { checked } }) => onChange({ photos: checked, place: checked && consent.place })}
        /> <label for="consent">{words.say("Keep my photos and share them with experts to improve Majani. I can delete them.")}</label>
      </p>
      {consent.photos && (
        <p class="consent">
          <input
            type="checkbox"
            id="consent-place"
            checked={consent.place}
            onChange={({ currentTarget: { checked } }) => onChange({ ...consent, place: checked })}
          /> <label for="consent-place">{words.say("Also share roughly where I took them, to about 11 km.")}</label>
        </p>
      )}
    </>
  );
}

/** Roughly where photos were taken just now; null if this phone does not know, or not soon, or they are older. */
export function readPlace(photos: readonly Pick<Shot, "takenAt">[]): Promise<Place | null> {
  const isOld = photos.some(({ takenAt }) => Date.now() - takenAt > RECENT_MS);
  return new Promise((done) => {
    if (isOld || !("geolocation" in navigator)) return done(null);
    // The browser's own time limit does not run while it asks the person for permission.
    setTimeout(() => done(null), PLACE_PATIENCE_MS);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => done({ latitude: rounded(coords.latitude), longitude: rounded(coords.longitude) }),
      () => done(null),
      { maximumAge: RECENT_MS, timeout: PLACE_PATIENCE_MS },
    );
  });
}

function rounded(degrees: number): number {
  return Math.round(10 * degrees) / 10;
}
