/**
 * Stores the photos before the person asks about them. Phones end a page without warning, for a call or for lack of
 * memory. A photo from the field cannot always be taken again.
 */

import type { Shot } from "../device/shot";
import { inTurn } from "../page";
import type { Database } from "./database";

const SETTING = "draft";
/** A page that these photos themselves bring to its end opens again all the same. */
const MOST_RETURNS = 3;

interface Kept {
  readonly photos: readonly { readonly blob: Blob; readonly takenAt: number }[];
  readonly crop: string | null;
  /** How often the app restored it since the last change. */
  readonly returns: number;
}

/** As it was left. */
export interface Left {
  readonly files: readonly File[];
  readonly crop: string | null;
}

export const NOTHING_LEFT: Left = { files: [], crop: null };

/** What was left when the app ended last time. */
export async function takeUp(database: Database): Promise<Left> {
  const kept = (await database.get("settings", SETTING)) as Kept | undefined;
  if (kept === undefined) return NOTHING_LEFT;
  if (kept.returns >= MOST_RETURNS) {
    await database.delete("settings", SETTING);
    return NOTHING_LEFT;
  }
  await database.put("settings", { ...kept, returns: kept.returns + 1 }, SETTING);
  // A file remembers when it was taken.
  const files = kept.photos.map(({ blob, takenAt }) => new File([blob], "", { type: blob.type, lastModified: takenAt }));
  return { files, crop: kept.crop };
}

export class Draft {
  /** Whether everything that was left is there again, so that whatever changes is the person's doing. */
  private isBack = false;
  private readonly afterwards = inTurn((work: () => Promise<unknown>) => work().then(() => undefined));

  /**
   * @param left How many photos come back, one after the other.
   */
  constructor(
    private readonly database: Database,
    private readonly left: number,
  ) {}

  /** Keep these photos, in place of those from before; to be told of the first ones too, even if there are none. */
  keep(shots: readonly Pick<Shot, "kept" | "takenAt">[], crop: string | null): void {
    if (!this.isBack) {
      this.isBack = shots.length >= this.left;
      return;
    }
    this.afterwards(async () => {
      if (shots.length === 0) return this.database.delete("settings", SETTING);
      const photos = await Promise.all(shots.map(async ({ kept, takenAt }) => ({ blob: await kept, takenAt })));
      await this.database.put("settings", { photos, crop, returns: 0 } satisfies Kept, SETTING);
    });
  }

  /** Leave it as it is until the case that becomes of it is kept; whatever changes meanwhile is kept afterwards. */
  hold(until: Promise<void>): void {
    this.isBack = true;
    this.afterwards(() => until);
  }
}
