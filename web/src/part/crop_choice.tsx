/** Which crop it is, if the person knows: by picture and name, since naming it is what helps the answer most. */

import { usePhone } from "../phone";
import { CropPicture } from "./crop_picture";

interface Props {
  chosen: string | null;
  onChoose(crop: string | null): void;
}

export function CropChoice({ chosen, onChoose }: Props) {
  const { words, manifest } = usePhone();
  if (manifest === null) return null;
  const crops = manifest.crops
    .map(({ id, name }) => ({ id, name: words.cropName(id, name) }))
    .sort((one, other) => one.name.localeCompare(other.name, words.tag));
  const heading = chosen === null ? words.say("I don't know") : words.cropName(chosen);
  return (
    <details class="crops">
      <summary>
        {words.say("Crop, if you know it")}: <strong>{heading}</strong>
      </summary>
      <div role="radiogroup" aria-label={words.say("Crop, if you know it")}>
        {[{ id: null, name: words.say("I don't know") }, ...crops].map(({ id, name }) => (
          <label key={id ?? ""}>
            <input type="radio" name="crop" checked={chosen === id} onChange={() => onChoose(id)} />
            <span>
              {id === null ? <span class="unknown" aria-hidden="true">?</span> : <CropPicture crop={id} />}
              {name}
            </span>
          </label>
        ))}
      </div>
    </details>
  );
}
