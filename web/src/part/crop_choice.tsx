/** Which crop it is, by picture and name: the crops of the last plants first, and honest ways out for every other one. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type Phone, usePhone, useStored } from "../phone";
import type { Database } from "../store/database";
import type { Manifest } from "../decision/manifest";
import type { Name } from "../text/texts";
import { matches } from "../text/wording";
import { CropPicture } from "./crop_picture";
import { GuideLink } from "./guide_link";
import { Icon } from "./icon";
import { Office, useKnownPlace } from "./office";

/** Answers that name no crop; ids of crops have only letters, digits and underscores. */
export const DONT_KNOW = "?";
export const NOT_HERE = "!";

const SETTING = "crops";
const RECENT = 3;
/** Tiles before the button for all crops. */
const NEAR = 6;

/** Remember that this crop was asked about last. */
export async function rememberCrop(database: Database, crop: string): Promise<void> {
  const known = await recentCrops(database);
  await database.put("settings", [crop, ...known.filter((one) => one !== crop)].slice(0, RECENT), SETTING);
}

async function recentCrops(database: Database): Promise<readonly string[]> {
  return ((await database.get("settings", SETTING)) as readonly string[] | undefined) ?? [];
}

/** Whether the model can say anything of a crop; of one that the person cannot name, it can. */
export function isLearned(crop: string | null, manifest: Manifest | null): boolean {
  if (crop === null || crop === DONT_KNOW) return true;
  return crop !== NOT_HERE && (manifest === null || manifest.crops.some(({ id }) => id === crop));
}

interface Crop extends Name {
  readonly id: string;
}

/** The crops asked about last, then the region's: as first known, or a list would move under the finger. Undefined until then. */
function useFirstCrops(): readonly string[] | undefined {
  const { database } = usePhone();
  const place = useKnownPlace();
  const recent = useStored(() => recentCrops(database));
  const first = useRef<readonly string[]>();
  if (place !== undefined && recent !== undefined) first.current ??= [...new Set([...recent, ...place.first_crops])];
  return first.current;
}

/** All crops, also those that the model has not learned; those that come first, then by name. */
function allCrops({ words, manifest }: Phone, first: readonly string[]): readonly Crop[] {
  const rank = ({ id }: Crop): number => (first.includes(id) ? first.indexOf(id) : first.length);
  const known = Object.fromEntries((manifest?.crops ?? []).map(({ id, name }) => [id, { name, local: [] }]));
  return Object.entries<Name>({ ...known, ...words.texts.names.crops })
    .map(([id, { name, local }]) => ({ id, name, local }))
    .sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name, words.tag));
}

export function useCrops(): readonly Crop[] {
  return allCrops(usePhone(), useFirstCrops() ?? []);
}

export function CropChoice({ chosen, onChoose }: { chosen: string | null; onChoose(crop: string): void }) {
  const phone = usePhone();
  const { words, manifest } = phone;
  const known = useFirstCrops();
  const [isOpen, open] = useState(false);
  const [wanted, want] = useState("");
  if (manifest === null || known === undefined) return null;
  const crops = allCrops(phone, known);
  const first = [...new Set([chosen, ...known])];
  const near = first.flatMap((one) => crops.filter(({ id }) => id === one)).slice(0, NEAR);
  const isWhole = isOpen || (chosen === null && near.length === 0);

  return (
    <fieldset class="crops">
      <legend>{words.say("Which crop is it?")}</legend>
      {isWhole && (
        <input
          type="search"
          aria-label={words.say("Search a crop")}
          placeholder={words.say("Search a crop")}
          value={wanted}
          onInput={(event) => want(event.currentTarget.value)}
        />
      )}
      <div class="tiles">
        {(isWhole ? crops.filter((crop) => matches(crop, wanted)) : near).map(tile)}
        {tile({ id: DONT_KNOW, name: words.say("I don't know") })}
        {tile({ id: NOT_HERE, name: words.say("My crop is not here") })}
      </div>
      {!isWhole && (
        <button type="button" class="second" data-do="all-crops" onClick={() => open(true)}>
          <Icon name="list" /> {words.say("All crops")}
        </button>
      )}
    </fieldset>
  );

  function tile({ id, name }: Pick<Crop, "id" | "name">) {
    function choose(input: HTMLInputElement): void {
      // An arrow key chooses whatever it passes, so the list stays open for the next one.
      open(isWhole && input.matches(":focus-visible"));
      onChoose(id);
    }
    return (
      <label key={id}>
        <input type="radio" name="crop" value={id} checked={chosen === id} onChange={({ currentTarget }) => choose(currentTarget)} />
        <span>
          {id === DONT_KNOW || id === NOT_HERE ? <Icon name={id === DONT_KNOW ? "question" : "absent"} /> : <CropPicture crop={id} />}
          <b>{name}</b>
        </span>
      </label>
    );
  }
}

/** A crop that the model does not know gets no answer, only the way to the guide and to people. */
export function NotHere({ crop }: { crop: string | null }) {
  const { words } = usePhone();
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => end.current?.scrollIntoView({ block: "nearest" }), []);
  return (
    <div ref={end} class="banner" role="status" data-state="not-here">
      <p>{words.say("Majani does not know this crop from photos yet.")}</p>
      <GuideLink crop={crop} />
      <p>{words.say("Show the plant to your extension officer.")}</p>
      <Office about={crop === null ? "" : words.cropName(crop)} />
      {!IS_DEMO && <p>{words.say("If you share your photos below, experts can look at them.")}</p>}
    </div>
  );
}
