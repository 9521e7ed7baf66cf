/** Languages, answers without a network, signing in, privacy: what is not needed for every leaf. */

import { useState } from "preact/hooks";
import { downloadBytes } from "../device/bundle";
import { Heading } from "../part/heading";
import { Icon } from "../part/icon";
import { SignIn } from "../part/sign_in";
import { usePhone } from "../phone";

export function MoreScreen() {
  const { words } = usePhone();
  return (
    <>
      <Heading>{words.say("More")}</Heading>
      <Languages />
      <Offline />
      <SignIn />
      <section class="card">
        <p>
          <a href="#privacy">
            <Icon name="shield" /> {words.say("What is kept, where, and how to delete it")}
          </a>
        </p>
        <p>
          <a href="/?plain=1">{words.say("Page without the app, for slow phones")}</a>
        </p>
      </section>
    </>
  );
}

function Languages() {
  const { words, languages, setLanguage } = usePhone();
  const [told, tell] = useState("");

  async function choose(tag: string): Promise<void> {
    tell(words.say("One moment…"));
    tell((await setLanguage(tag)) ? "" : words.say("This language has to be fetched once, with a network."));
  }

  return (
    <section class="card">
      <h2>
        <Icon name="globe" /> {words.say("Language")}
      </h2>
      <p role="status">{told}</p>
      <div class="choices">
        {languages.map(({ tag, name, direction }) => (
          <button
            type="button"
            class="second"
            lang={tag}
            dir={direction}
            aria-pressed={tag === words.tag}
            onClick={() => void choose(tag)}
          >
            {name}
          </button>
        ))}
      </div>
    </section>
  );
}

function Offline() {
  const { words, readiness, manifest, prepare } = usePhone();
  return (
    <section class="card">
      <h2>
        <Icon name="phone" /> {words.say("Without a network")}
      </h2>
      {readiness.kind === "ready" && <p>{words.say("Answers without a network too.")}</p>}
      {readiness.kind === "unsupported" && (
        <p>{words.say("This phone cannot answer by itself. The service answers when there is a network.")}</p>
      )}
      {readiness.kind === "fetching" && (
        <p>{words.say("Getting ready for answers without a network: %(share)s", { share: words.share(Math.floor(100 * readiness.share) / 100) })}</p>
      )}
      {readiness.kind === "absent" && manifest !== null && (
        <button type="button" class="second" onClick={() => void prepare()}>
          <Icon name="download" />{" "}
          {words.say("Get ready for answers without a network (%(size)s)", { size: words.megabytes(downloadBytes(manifest)) })}
        </button>
      )}
      {manifest !== null && <p class="note">{words.modelName(manifest.version)}</p>}
    </section>
  );
}
