/** All that is known of every crop, also of those that the model has not learned: crop, condition, leaflet, without a network. */

import { useState } from "preact/hooks";
import { AdviceCard, Caution, Confirm, Today } from "../part/advice_card";
import { useCrops } from "../part/crop_choice";
import { CropPicture } from "../part/crop_picture";
import { GuideList, useConditions } from "../part/guide_list";
import { Heading } from "../part/heading";
import { Office } from "../part/office";
import { exampleAddress } from "../device/examples";
import { usePhone } from "../phone";
import type { Name } from "../text/texts";
import { matches } from "../text/wording";

/** @param id Of a crop or a condition; empty for all crops. */
export function GuideScreen({ id }: { id: string }) {
  if (id === "") return <Crops />;
  return id.includes(".") ? <Leaflet id={id} /> : <Conditions crop={id} />;
}

function Crops() {
  const { words } = usePhone();
  const [wanted, want] = useState("");
  const crops = useCrops();
  const { conditions, causes = {} } = words.texts.names;
  const listed = (names: Readonly<Record<string, Name>>): readonly string[] =>
    Object.keys(names).filter((id) => wanted === "" || matches(names[id]!, wanted));
  const found = wanted === "" ? [] : listed(conditions);
  const others = listed(causes);
  const shown = crops.filter((crop) => matches(crop, wanted));
  return (
    <>
      <Heading>{words.say("Guide")}</Heading>
      <label for="wanted">{words.say("Search a crop or a problem")}</label>
      <input id="wanted" type="search" value={wanted} onInput={(event) => want(event.currentTarget.value)} />
      <ul class="guide crops">
        {shown.map(({ id, name }) => (
          <li key={id}>
            <a href={`#guide/${id}`} data-crop={id}>
              <CropPhoto crop={id} />
              <span><CropPicture crop={id} /> {name}</span>
            </a>
          </li>
        ))}
      </ul>
      <GuideList conditions={found} />
      {others.length > 0 && (
        <>
          <h2>{words.say("Not a disease")}</h2>
          <ul class="guide">{others.map((id) => <li key={id}><a href={`#causes/${id}`}>{causes[id]?.name}</a></li>)}</ul>
        </>
      )}
      {shown.length + found.length + others.length === 0 && <p role="status">{words.say("Nothing found.")}</p>}
    </>
  );
}

/** Healthy where there is a photo of that; nothing where it would cost bytes, because each crop has its drawing. */
function CropPhoto({ crop }: { crop: string }) {
  const { words, readiness } = usePhone();
  const [isAway, setAway] = useState(readiness.kind !== "ready");
  const { photos = {} } = words.texts.examples ?? {};
  const id = [`${crop}.healthy`, ...Object.keys(photos).filter((one) => one.startsWith(`${crop}.`))].find((one) => photos[one]);
  const file = id === undefined ? undefined : photos[id]?.[0]?.file;
  if (file === undefined || isAway) return null;
  return <img src={exampleAddress(file)} alt="" width="160" height="120" loading="lazy" onError={() => setAway(true)} />;
}

function Conditions({ crop }: { crop: string }) {
  const { words, manifest } = usePhone();
  return (
    <>
      <Heading>{words.cropName(crop)}</Heading>
      {manifest?.crops.some(({ id }) => id === crop) === false && <p>{words.say("Majani does not know this crop from photos yet.")}</p>}
      <GuideList conditions={useConditions(crop)} />
      <Back />
    </>
  );
}

function Leaflet({ id }: { id: string }) {
  const { words } = usePhone();
  const advice = words.texts.advice[id];
  return (
    <>
      <Heading>{words.nameOf(id)}</Heading>
      {advice !== undefined && (
        <>
          <section class="card" data-advice={id}>
            <Today advice={advice} />
            <Confirm advice={advice} />
            {!id.endsWith(".healthy") && <Caution advice={advice} />}
            <Office about={advice.name} />
          </section>
          <AdviceCard advice={advice} />
        </>
      )}
      <Back crop={id.split(".")[0]} />
    </>
  );
}

function Back({ crop }: { crop?: string | undefined }) {
  const { words } = usePhone();
  return (
    <p>
      <a href={crop === undefined ? "#guide" : `#guide/${crop}`}>{crop === undefined ? words.say("All crops") : words.cropName(crop)}</a>
    </p>
  );
}
