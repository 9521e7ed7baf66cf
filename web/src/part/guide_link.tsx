/** The way from an answer, or from a crop that the model lacks, to what is known of the crop. */

import { usePhone } from "../phone";
import { CropPicture } from "./crop_picture";
import { Icon } from "./icon";

/** @param crop Null leads to all crops. */
export function GuideLink({ crop }: { crop: string | null }) {
  const { words } = usePhone();
  const known = crop === null ? undefined : words.texts.names.crops[crop];
  return (
    <p>
      <a class="button second" href={known === undefined ? "#guide" : `#guide/${crop}`} data-do="guide">
        {known === undefined || crop === null ? <Icon name="book" /> : <CropPicture crop={crop} />}
        {known === undefined ? words.say("Look for it in the guide") : words.say("%(crop)s: compare with these", { crop: known.name })}
      </a>
    </p>
  );
}
