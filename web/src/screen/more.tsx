/** Answers without a network, signing in, privacy: what is not needed for every leaf. */

import { Heading } from "../part/heading";
import { Icon } from "../part/icon";
import { OfflineNote } from "../part/offline_note";
import { SignIn } from "../part/visit_part";
import { usePhone } from "../phone";
import type { Route } from "../route";

export function MoreScreen({ route }: { route: Route }) {
  const { words } = usePhone();
  return (
    <>
      <Heading>{words.say("More")}</Heading>
      <Offline />
      {!IS_DEMO && <SignIn route={route} />}
      <section class="card">
        <p>
          <a href="#privacy">
            <Icon name="shield" /> {words.say("Privacy: what we keep, where, and how to delete it")}
          </a>
        </p>
        <p>
          <a href="#guide">{words.say("Guide")}</a>
        </p>
        <p>
          <a href="#causes">{words.say("Not a disease")}</a>
        </p>
        {!IS_DEMO && (
          <p>
            <a href="/?plain=1">{words.say("Simple page, for slow phones")}</a>
          </p>
        )}
      </section>
    </>
  );
}

function Offline() {
  const { words, manifest } = usePhone();
  return (
    <section class="card">
      <h2>
        <Icon name="phone" /> {words.say("Offline use")}
      </h2>
      <OfflineNote />
      {manifest !== null && <p class="note">{words.modelName(manifest.version)}</p>}
    </section>
  );
}
