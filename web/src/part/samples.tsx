/** What the demo is, and leaves to try it with. */

import { usePhone } from "../phone";

/** Beside the page (`vite.config.ts`), by their crop. */
const CREDITS: Readonly<Record<string, string>> = {
  bean: "Makerere AI Lab et al., MIT",
  coffee: "Renato A. Krohling et al., CC BY 4.0",
  groundnut: "M. P. Aishwarya et al., CC BY 4.0",
};

export function Samples({ onTake }: { onTake(crop: string, photo: Blob): void }) {
  const { words } = usePhone();
  const addressOf = (crop: string): string => `./samples/${crop}.jpg`;

  async function take(crop: string): Promise<void> {
    const answer = await fetch(addressOf(crop));
    onTake(crop, await answer.blob());
  }

  return (
    <section class="card" data-said="demo">
      <p>{words.say("This is a demo: it sends nothing, and nobody sees your photos. Try it with one of these leaves:")}</p>
      <div class="glimpses">
        {Object.keys(CREDITS).map((crop) => (
          <button key={crop} type="button" data-do="sample" onClick={() => void take(crop)}>
            <img src={addressOf(crop)} alt={words.cropName(crop)} width="160" height="120" />
          </button>
        ))}
      </div>
      <p class="note">{words.say("Photo: %(credit)s", { credit: Object.values(CREDITS).join("; ") })}</p>
    </section>
  );
}
