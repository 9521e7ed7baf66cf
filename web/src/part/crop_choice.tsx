/** Which crop it is, by picture and name: the crops of the last plants first, and honest ways out for every other one. */

import { useEffect, useRef, useState } from "preact/hooks";
import { usePhone, useStored } from "../phone";
import type { Database } from "../store/database";
import { CropPicture } from "./crop_picture";
import { Icon } from "./icon";

/** Answers that name no crop; ids of crops have only letters, digits and underscores. */
export const DONT_KNOW = "?";
export const NOT_HERE = "!";

const SETTING = "crops";
const RECENT = 3;

/** Remember that this crop was asked about last. */
export async function rememberCrop(database: Database, crop: string): Promise<void> {
  const known = await recentCrops(database);
  await database.put("settings", [crop, ...known.filter((one) => one !== crop)].slice(0, RECENT), SETTING);
}

async function recentCrops(database: Database): Promise<readonly string[]> {
  return ((await database.get("settings", SETTING)) as readonly string[] | undefined) ?? [];
}

interface Props {
  chosen: string | null;
  onChoose(crop: string): void;
}

export function CropChoice({ chosen, onChoose }: Props) {
  const { database, words, manifest } = usePhone();
  const recent = useStored(() => recentCrops(database));
  const [isOpen, open] = useState(false);
  if (manifest === null || recent === undefined) return null;
  const crops = manifest.crops
    .map(({ id, name }) => ({ id, name: words.cropName(id, name) }))
    .sort((one, other) => one.name.localeCompare(other.name, words.tag));
  const near = [...new Set([chosen, ...recent])].flatMap((one) => crops.filter(({ id }) => id === one)).slice(0, RECENT);
  const isWhole = isOpen || (chosen === null && near.length === 0);

  return (
    <fieldset class="crops">
      <legend>{words.say("Which crop is it?")}</legend>
      <div class="tiles">
        {(isWhole ? [] : near).map(tile)}
        {tile({ id: DONT_KNOW, name: words.say("I don't know") })}
        {tile({ id: NOT_HERE, name: words.say("My crop is not here") })}
        {isWhole && crops.map(tile)}
      </div>
      {!isWhole && (
        <button type="button" class="second" data-do="all-crops" onClick={() => open(true)}>
          <Icon name="list" /> {words.say("All crops")}
        </button>
      )}
    </fieldset>
  );

  function tile({ id, name }: { id: string; name: string }) {
    function choose(input: HTMLInputElement): void {
      // An arrow key chooses whatever it passes, so the list stays open for the next one.
      open(isWhole && input.matches(":focus-visible"));
      onChoose(id);
    }
    return (
      <label key={id}>
        <input type="radio" name="crop" value={id} checked={chosen === id} onChange={({ currentTarget }) => choose(currentTarget)} />
        <span>
          {id === DONT_KNOW || id === NOT_HERE ? (
            <Icon name={id === DONT_KNOW ? "question" : "absent"} />
          ) : (
            <CropPicture crop={id} />
          )}
          <b>{name}</b>
        </span>
      </label>
    );
  }
}

/** A crop that the model does not know gets no answer, only the way to people who may have one. */
export function NotHere() {
  const { words, manifest } = usePhone();
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => end.current?.scrollIntoView({ block: "nearest" }), []);
  return (
    <div ref={end} class="banner" role="status" data-state="not-here">
      <p>{words.notHelped(manifest?.crops ?? [])}</p>
      <p>{words.say("Show the plant to your extension officer.")}</p>
      <p>{words.say("If you share your photos below, experts can look at them.")}</p>
    </div>
  );
}
