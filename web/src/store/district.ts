/** The district whose own bundle answers here: of the worker's token, of a link or a code on a leaflet, or the person's choice. */

import type { Database } from "./database";
import { signedIn } from "./worker";

const SETTING = "district";
/** Of the address of the app. */
const FIELD = "district";

export async function districtOf(database: Database): Promise<string | null> {
  return (await signedIn(database))?.district ?? (await chosenDistrict(database));
}

export async function chosenDistrict(database: Database): Promise<string | null> {
  return ((await database.get("settings", SETTING)) as string | undefined) ?? null;
}

export async function chooseDistrict(database: Database, district: string): Promise<void> {
  if (district === "") await database.delete("settings", SETTING);
  else await database.put("settings", district, SETTING);
}

/** Keep what a link or a code says, and take it out of the address: it would overrule a later choice. */
export async function keepLinkedDistrict(database: Database): Promise<void> {
  const asked = new URLSearchParams(location.search).get(FIELD);
  if (asked === null) return;
  await chooseDistrict(database, asked).catch((error: unknown) => console.warn(error));
  const rest = new URL(location.href);
  rest.searchParams.delete(FIELD);
  history.replaceState(null, "", rest);
}
