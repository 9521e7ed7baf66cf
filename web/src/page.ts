/** Reads what a person has already entered on the service's own page. The app replaces that page. */

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

/** What was chosen, and photos that come back from the camera later: in their order, for each is decoded whole. */
export function takeOver({ files, inputs }: Begun, take: (file: File) => Promise<void>): void {
  const takeInTurn = inTurn(take);
  for (const file of files) takeInTurn(file);
  for (const input of inputs) {
    input.addEventListener("change", () => {
      for (const file of input.files ?? []) takeInTurn(file);
    });
  }
}

/** Run the work one piece at a time, in the order of the calls. A failure does not stop the next piece. */
export function inTurn<One>(work: (one: One) => Promise<void>): (one: One) => void {
  let last = Promise.resolve();
  return (one) => {
    last = last.then(() => work(one)).catch((error: unknown) => console.warn(error));
  };
}
