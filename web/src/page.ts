/** The service's own page, in whose place the app comes, and what somebody has already done there. */

import { MAX_PHOTOS } from "./store/case";

export interface Begun {
  readonly files: readonly File[];
  readonly crop: string | null;
  /** Gone from the page by then, but perhaps not from the person's eyes: they may be at the camera. */
  readonly inputs: readonly HTMLInputElement[];
}

/** What was chosen before the app arrived. */
export function readPage(): Begun {
  const inputs = [...document.querySelectorAll<HTMLInputElement>("form input[type=file]")];
  return {
    files: inputs.flatMap((input) => [...(input.files ?? [])]).slice(0, MAX_PHOTOS),
    crop: document.querySelector<HTMLSelectElement>("form select#crop")?.value || null,
    inputs,
  };
}

/** Photos that come back from the camera later. */
export function watchPage({ inputs }: Begun, take: (file: File) => Promise<void>): void {
  for (const input of inputs) {
    input.addEventListener("change", () => {
      for (const file of input.files ?? []) void take(file);
    });
  }
}
