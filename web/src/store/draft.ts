/**
 * Stores the photos before the person asks about them. Phones end a page without warning, for a call or for lack of
 * memory. A photo from the field cannot always be taken again.
 */

import type { Shot } from "../device/shot";
import { inTurn } from "../page";
import type { Database } from "./database";

const SETTING = "draft";
/** Held by the tab whose photos these are. */
const LOCK = "majani-draft";
/** These photos may crash the page. The page must still open again after that. */
const MOST_RETURNS = 3;

interface Kept {
  readonly photos: readonly { readonly blob: Blob; readonly takenAt: number }[];
  readonly crop: string | null;
  /** How often the app restored it since the last change. */
  readonly returns: number;
}

/** The draft from the last time. */
export interface Left {
  readonly files: readonly File[];
  readonly crop: string | null;
}

export const NOTHING_LEFT: Left = { files: [], crop: null };

/** Return the photos and the crop from the time when the app last ended. */
export async function takeUp(database: Database): Promise<Left> {
  const kept = (await database.get("settings", SETTING)) as Kept | undefined;
  if (kept === undefined) return NOTHING_LEFT;
  if (kept.returns >= MOST_RETURNS) {
    await database.delete("settings", SETTING);
    return NOTHING_LEFT;
  }
  // On a full phone they come back uncounted.
  const counted = database.put("settings", { ...kept, returns: kept.returns + 1 }, SETTING);
  await counted.catch((error: unknown) => console.warn(error));
  // A file remembers when it was taken.
  const files = kept.photos.map(({ blob, takenAt }) => new File([blob], "", { type: blob.type, lastModified: takenAt }));
  return { files, crop: kept.crop };
}

export class Draft {
  /** Whether all earlier photos are back. All later changes come from the person. */
  private isBack = false;
  /** Leaves the draft to other tabs; null while it is not this tab's. */
  private release: (() => void) | null = null;
  private readonly afterwards = inTurn((work: () => Promise<unknown>) => work().then(() => undefined));

  /**
   * @param left How many photos come back, one after the other.
   */
  constructor(
    private readonly database: Database,
    private readonly left: number,
  ) {
    if (left > 0) this.afterwards(() => this.claim());
  }

  /** Store these photos in place of the earlier ones. The caller must also pass the first photos, even if none. */
  keep(shots: readonly Pick<Shot, "kept" | "takenAt">[], crop: string | null): void {
    if (!this.isBack) {
      this.isBack = shots.length >= this.left;
      return;
    }
    this.afterwards(async () => {
      if (shots.length > 0) await this.claim();
      if (this.release === null) return;
      if (shots.length === 0) {
        await this.database.delete("settings", SETTING);
        this.release();
        this.release = null;
        return;
      }
      const photos = await Promise.all(shots.map(async ({ kept, takenAt }) => ({ blob: await kept, takenAt })));
      await this.database.put("settings", { photos, crop, returns: 0 } satisfies Kept, SETTING);
    });
  }

  /** Make the draft this tab's, unless another tab has photos in it, which would be lost. */
  private async claim(): Promise<void> {
    if (this.release !== null) return;
    await new Promise<void>((settled, failed) => {
      const held = navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => {
        settled();
        return lock && new Promise<void>((done) => (this.release = done));
      });
      held.catch(failed);
    });
  }

  /** Keep the draft unchanged until its case is stored. Store later changes afterwards. */
  hold(until: Promise<void>): void {
    this.isBack = true;
    this.afterwards(() => until);
  }
}
