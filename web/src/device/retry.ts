/** When to fetch again what did not arrive: after pauses that grow, so that nobody pays for the same bytes every minute. */

const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 5 * 60_000;
/** Where trying again hardly helps. */
const LONGEST_LASTING_MS = 60 * 60_000;

/** A file arrived whole, and is another one than it should be. */
export class DamagedError extends Error {
  override readonly name = "DamagedError";
}

export class Retry {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pauseMs = FIRST_PAUSE_MS;
  /** Whether a network that has come back is no reason to try before the pause is over. */
  isBarred = false;

  constructor(private readonly again: () => void) {}

  /** Try again, after a longer pause than last time. */
  after(error: unknown): void {
    clearTimeout(this.timer);
    this.isBarred = isLasting(error);
    this.pauseMs = Math.min(this.pauseMs, this.isBarred ? LONGEST_LASTING_MS : LONGEST_PAUSE_MS);
    this.timer = setTimeout(() => {
      this.isBarred = false;
      this.again();
    }, this.pauseMs);
    this.pauseMs *= 2;
  }

  /** Nothing is to be tried again, or somebody has just asked for it. */
  reset(): void {
    clearTimeout(this.timer);
    this.isBarred = false;
    this.pauseMs = FIRST_PAUSE_MS;
  }
}

/** A full phone stays full, and a file that somebody damages on its way is damaged again. */
function isLasting(error: unknown): boolean {
  return error instanceof DamagedError || (error instanceof Error && error.name === "QuotaExceededError");
}
