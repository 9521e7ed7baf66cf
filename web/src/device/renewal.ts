/**
 * How a newer app replaces this one. Browsers make it wait until every tab is closed, but people leave tabs open.
 *
 * The newer app takes over when the person opens the app or comes back, and has not touched anything yet. It never
 * takes over while a person works in any tab or while a case is being sent. Unsent cases stay in the database.
 */

import { DELIVERY_LOCK } from "../store/delivery";

const WORK_LOCK = "majani-work";
/** Pause between checks for a newer app. Browsers check only when a page opens. */
const PAUSE_MS = 60 * 60_000;
/** A later reload would surprise the person: it would not look like a part of opening the app. */
const PATIENCE_MS = 10_000;
/** A worker that was told to begin has begun long before. */
const BEGINNING_MS = 3_000;
const TOUCHES = ["pointerdown", "keydown", "change"];

/** Stop a newer app from taking over, in all tabs. Call the returned function to allow it again. */
export function holdRenewal(): () => void {
  let release = (): void => {};
  const released = new Promise<void>((done) => {
    release = done;
  });
  void navigator.locks.request(WORK_LOCK, { mode: "shared" }, () => released);
  return release;
}

/** Hold the renewal until the person comes back from choosing or taking a photo, or touches the page. */
export function holdUntilBack(input?: HTMLInputElement): void {
  const release = holdRenewal();
  for (const event of ["change", "cancel"]) input?.addEventListener(event, release, { once: true });
  for (const event of ["pointerdown", "keydown"]) addEventListener(event, release, { once: true, capture: true });
}

export class Renewal {
  private isTouched = false;
  private lookedAt = 0;

  /**
   * @param isPrepared Whether a newer app has what it needs here.
   */
  constructor(private readonly isPrepared: () => Promise<boolean>) {
    for (const event of TOUCHES) {
      addEventListener(event, () => (this.isTouched = true), { capture: true, passive: true });
    }
  }

  /** The app was opened just now. */
  start(registration: ServiceWorkerRegistration): void {
    navigator.serviceWorker.addEventListener("controllerchange", () => void beginAnew());
    const consider = (): void => void this.consider(registration).catch((error: unknown) => console.warn(error));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible") return;
      this.isTouched = false;
      this.look(registration);
      consider();
    });
    consider();
  }

  private look(registration: ServiceWorkerRegistration): void {
    if (Date.now() - this.lookedAt < PAUSE_MS) return;
    this.lookedAt = Date.now();
    registration.update().catch((error: unknown) => console.warn(error));
  }

  private async consider({ waiting }: ServiceWorkerRegistration): Promise<void> {
    // A page that no worker serves yet has nothing to begin anew with.
    if (waiting === null || navigator.serviceWorker.controller === null) return;
    const signal = AbortSignal.timeout(PATIENCE_MS);
    if (!(await this.isPrepared())) return;
    // Let the running delivery finish first.
    await navigator.locks.request(DELIVERY_LOCK, { signal }, () =>
      navigator.locks.request(WORK_LOCK, { ifAvailable: true }, async (lock) => {
        if (lock === null || this.isTouched || signal.aborted || isOccupied()) return;
        waiting.postMessage({ type: "SKIP_WAITING" });
        // Nothing begins that would break off.
        document.body.inert = true;
        await pause(BEGINNING_MS);
        document.body.inert = false;
      }),
    );
  }
}

/** Reload after the newer app's worker has taken over. Each tab waits until its work is done. */
async function beginAnew(): Promise<void> {
  if (document.body.inert) return location.reload();
  await navigator.locks.request(WORK_LOCK, async () => {
    while (isOccupied()) await pause(1_000);
    location.reload();
  });
}

/** Whether the person writes, or listens to an answer. */
function isOccupied(): boolean {
  const isWriting = document.activeElement?.matches("textarea, select, input:not([type=checkbox], [type=file])") === true;
  return isWriting || globalThis.speechSynthesis?.speaking === true;
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
