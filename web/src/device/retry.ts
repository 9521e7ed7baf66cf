/** Decides when to fetch a failed file again. The pauses grow, so people do not pay for the same bytes every minute. */

const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 5 * 60_000;
/** Longest pause when a new try hardly helps. */
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

  /** Stop waiting, because nothing is left to try or the person has just asked for a new try. */
  reset(): void {
    clearTimeout(this.timer);
    this.isBarred = false;
    this.pauseMs = FIRST_PAUSE_MS;
  }
}

/** A full phone stays full. A file that is damaged on its way will be damaged again. */
function isLasting(error: unknown): boolean {
  return error instanceof DamagedError || (error instanceof Error && error.name === "QuotaExceededError");
}
