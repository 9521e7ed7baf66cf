/** Answers without a network, signing in, privacy: what is not needed for every leaf. */

import { Heading } from "../part/heading";
import { Icon } from "../part/icon";
import { OfflineNote } from "../part/offline_note";
import { SignIn } from "../part/visit_part";
import { usePhone, useStored } from "../phone";
import type { Route } from "../route";
import { chooseDistrict, chosenDistrict } from "../store/district";

export function MoreScreen({ route }: { route: Route }) {
  const { words } = usePhone();
  return (
    <>
      <Heading>{words.say("More")}</Heading>
      <Offline />
      {!IS_DEMO && <SignIn route={route} />}
      <section class="card">
        <p><a href="#privacy"><Icon name="shield" /> {words.say("Privacy: what we keep, where, and how to delete it")}</a></p>
        <p><a href="#guide">{words.say("Guide")}</a></p>
        <p><a href="#causes">{words.say("Not a disease")}</a></p>
        {!IS_DEMO && <p><a href="/?plain=1">{words.say("Simple page, for slow phones")}</a></p>}
      </section>
    </>
  );
}

function Offline() {
  const { words, manifest } = usePhone();
  return (
    <section class="card">
      <h2><Icon name="phone" /> {words.say("Offline use")}</h2>
      <OfflineNote />
      <DistrictChoice />
      {manifest !== null && <p class="note">{words.modelName(manifest.version)}</p>}
    </section>
  );
}

/** Shown where the service has districts with bundles of their own, unless a token says which one it is. */
function DistrictChoice() {
  const { words, manifest, database, worker, renew, stored } = usePhone();
  const chosen = useStored(() => chosenDistrict(database));
  const districts = manifest?.districts ?? [];
  if (chosen === undefined || worker?.district || districts.length === 0) return null;
  async function choose(district: string): Promise<void> {
    const isStored = await stored(chooseDistrict(database, district));
    if (isStored) await renew();
  }
  return (
    <label class="field">
      {words.say("District")} <select id="district" value={chosen ?? ""} onChange={({ currentTarget }) => void choose(currentTarget.value)}>
        <option value="">–</option>
        {districts.map(({ id, name }) => <option value={id}>{name}</option>)}
      </select>
    </label>
  );
}
