/** Photos of conditions, fetched after the model: then they are there without a network, also those never seen. */

import { AwayError } from "../request";
import type { Texts } from "../text/texts";

/** The service worker answers from it; see `vite.config.ts`. */
const CACHE = "examples";

export function exampleAddress(file: string): string {
  return `/v1/examples/${file}`;
}

/** Bytes that they take; where data is saved, none comes unasked. */
export function exampleBytes({ examples }: Texts): number {
  return savesData() ? 0 : (examples?.bytes ?? 0);
}

/**
 * Fetch what is missing of them, one after the other.
 *
 * @throws AwayError If one does not arrive; those that have arrived stay.
 */
export async function fetchExamples({ examples }: Texts): Promise<void> {
  if (savesData()) return;
  const cache = await caches.open(CACHE);
  const kept = new Set((await cache.keys()).map(({ url }) => new URL(url).pathname));
  const wanted = Object.values(examples?.photos ?? {}).flatMap((photos) => photos.map(({ file }) => exampleAddress(file)));
  for (const address of wanted.filter((one) => !kept.has(new URL(one, location.href).pathname))) {
    await cache.add(address).catch((error: unknown) => {
      throw new AwayError(`${address}: ${String(error)}`);
    });
  }
}

/** Whether the person pays for every byte: then not even 12 kB come unasked. */
export function savesData(): boolean {
  return (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
}
