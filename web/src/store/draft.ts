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
const SOUND_MS = 10_000;

interface Kept {
  /** As in a shot. Drafts from before it was kept have no `of`. */
  readonly photos: readonly (Pick<Shot, "takenAt" | "of" | "follows"> & { readonly blob: Blob })[];
  readonly crop: string | null;
  /** How often the app restored it since the last change. */
  readonly returns: number;
}

/** The draft from the last time. */
export interface Left {
  readonly photos: readonly (Pick<Shot, "of" | "follows"> & { readonly file: File })[];
  readonly crop: string | null;
}

interface Unasked {
  readonly shots: readonly Pick<Shot, "kept" | "takenAt" | "of" | "follows">[];
  readonly crop: string | null;
}

export class Draft {
  /** The photos and the crop that come back to this tab. */
  left: Left = { photos: [], crop: null };
  /** Whether they are back. All later changes come from the person. */
  private isBack = false;
  /** What is to be stored next; null once it is. */
  private next: Unasked | null = null;
  /** Leaves the draft to other tabs; null while it is not this tab's. */
  private release: (() => void) | null = null;
  private readonly afterwards = inTurn((work: () => Promise<unknown>) => work().then(() => undefined));

  constructor(private readonly database: Database) {}

  /** Find what was there when the app last ended, unless another tab has it. */
  async takeUp(): Promise<void> {
    await this.claim();
    if (this.release === null) return;
    const kept = await this.kept();
    if (kept === undefined) return this.leave();
    if (kept.returns >= MOST_RETURNS) return this.forget();
    // On a full phone they come back uncounted.
    const counted = this.database.put("settings", { ...kept, returns: kept.returns + 1 }, SETTING);
    await counted.catch((error: unknown) => console.warn(error));
    // A file remembers when it was taken.
    const photos = kept.photos.map(({ blob, takenAt, of = null, follows }) => ({
      file: new File([blob], "", { type: blob.type, lastModified: takenAt }),
      of,
      follows,
    }));
    this.left = { photos, crop: kept.crop };
  }

  /**
   * Store these photos in place of the earlier ones.
   *
   * @param isBack Whether all that was left has come back, even if the person has removed some of it since.
   */
  keep(shots: Unasked["shots"], crop: string | null, isBack = true): void {
    this.next = { shots, crop };
    if (!this.isBack) {
      this.isBack = isBack;
      if (!isBack) return;
      // By then they have not crashed the page; what ends it later is something else.
      if (this.isLeft(this.next)) return void setTimeout(() => this.afterwards(() => this.store()), SOUND_MS);
    }
    this.afterwards(() => this.store());
  }

  /** Keep the draft unchanged until its case is stored. Store the latest state afterwards. */
  hold(until: Promise<void>): void {
    this.isBack = true;
    this.afterwards(() => until);
  }

  private async store(): Promise<void> {
    const { next } = this;
    this.next = null;
    if (next === null) return;
    const { shots, crop } = next;
    if (shots.length === 0) return this.release === null ? undefined : this.forget();
    if (this.release === null) {
      await this.claim();
      // A tab that has ended left photos, which come back when the app is opened again.
      if ((await this.kept()) !== undefined) this.leave();
    }
    if (this.release === null) return;
    const photos = await Promise.all(shots.map(async ({ kept, takenAt, of = null, follows }) => ({ blob: await kept, takenAt, of, follows })));
    await this.database.put("settings", { photos, crop, returns: 0 } satisfies Kept, SETTING);
  }

  /** Whether it is stored as it came back. */
  private isLeft({ shots, crop }: Unasked): boolean {
    const { photos, crop: earlier } = this.left;
    return crop === earlier && String(shots.map(({ takenAt }) => takenAt)) === String(photos.map(({ file }) => file.lastModified));
  }

  private async kept(): Promise<Kept | undefined> {
    return (await this.database.get("settings", SETTING)) as Kept | undefined;
  }

  private async forget(): Promise<void> {
    await this.database.delete("settings", SETTING);
    this.leave();
  }

  private leave(): void {
    this.release?.();
    this.release = null;
  }

  /** Make the draft this tab's, unless another tab has photos in it, which would be lost. */
  private async claim(): Promise<void> {
    await new Promise<void>((settled, failed) => {
      const held = navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => {
        settled();
        return lock && new Promise<void>((done) => (this.release = done));
      });
      held.catch(failed);
    });
  }
}
