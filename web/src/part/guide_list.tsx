/** Conditions to be compared with the leaf in the hand, each with a photo or drawing; the guide has the rest. */

import { useState } from "preact/hooks";
import { exampleAddress, savesData } from "../device/examples";
import { usePhone } from "../phone";
import { Sign } from "./sign";
import "./guide_list.css";

export function GuideList({ conditions }: { conditions: readonly string[] }) {
  const { words } = usePhone();
  return (
    <ul class="guide">
      {conditions.map((id) => (
        <li key={id}><a href={`#guide/${id}`} data-condition={id}><Glimpse condition={id} /> {words.nameOf(id)}</a></li>
      ))}
    </ul>
  );
}

/** All that the guide has of a crop. */
export function useConditions(crop: string | null): readonly string[] {
  const { words } = usePhone();
  return crop === null ? [] : Object.keys(words.texts.names.conditions).filter((id) => id.startsWith(`${crop}.`));
}

/** The first photo, else the drawing. */
export function Glimpse({ condition }: { condition: string }) {
  const { words } = usePhone();
  const [isAway, setAway] = useState(savesData());
  const file = words.texts.examples?.photos[condition]?.[0]?.file;
  if (file === undefined || isAway) return <Sign condition={condition} />;
  return (
    <span class="picture">
      <img src={exampleAddress(file)} alt="" width="80" height="60" loading="lazy" onError={() => setAway(true)} />
    </span>
  );
}
