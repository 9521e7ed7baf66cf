/** What this is, for whom it is, and what it costs: the first thing that a newcomer sees. */

import { exampleAddress, savesData } from "../device/examples";
import { usePhone } from "../phone";
import { MAX_PHOTOS } from "../store/case";
import { PROGRAM_LOOKS } from "../text/sentences";
import { CropPicture } from "./crop_picture";
import { Icon } from "./icon";

export function Intro() {
  const { words } = usePhone();
  return (
    <p class="lead">
      {words.say("Send a photo. You get an answer and how sure it is, or an honest “not sure”.")}{" "}
      <span data-said="program">{words.say(PROGRAM_LOOKS)}</span>
    </p>
  );
}

/** Leaves that filled the picture, and what became of them: each leads to its page of the guide, which has the credit. */
const GLIMPSES = ["tomato.late_blight", "maize.common_rust", "bean.angular_leaf_spot"];

function Glimpses() {
  const { words } = usePhone();
  if (savesData()) return null;
  return (
    <div class="glimpses">
      {GLIMPSES.map((id) => {
        const { examples, names } = words.texts;
        const file = examples?.photos[id]?.[0]?.file;
        const name = names.conditions[id]?.name;
        if (file === undefined || name === undefined) return examples === undefined && <span key={id} />;
        return (
          <a key={id} href={`#guide/${id}`} data-condition={id}>
            <img src={exampleAddress(file)} alt={words.say("Example photo: %(name)s", { name })} width="160" height="120" loading="lazy" />
          </a>
        );
      })}
    </div>
  );
}

export function Details() {
  const { words, manifest } = usePhone();
  const crops = manifest?.crops ?? [];
  return (
    <section class="card">
      <Glimpses />
      <ul class="hints">
        <li>{words.say("One leaf, filling the picture.")}</li>
        <li>{words.say("In daylight, sharp and close.")}</li>
        <li>{words.ngettext("Up to %(count)d photo.", "Up to %(count)d photos, all of the same plant.", MAX_PHOTOS)}</li>
      </ul>
      <p><Icon name="shield" /> {words.say("Free. Your photos are not kept unless you allow it.")}</p>
      {crops.length > 0 && (
        <details>
          <summary>
            {words.say("Crops: %(count)d", { count: crops.length })}
            <span class="known-crops" aria-hidden="true">{crops.map(({ id }) => <CropPicture key={id} crop={id} />)}</span>
          </summary>
          <p>{words.listed(crops.map(({ id, name }) => words.cropName(id, name)))}</p>
        </details>
      )}
    </section>
  );
}
