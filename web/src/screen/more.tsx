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
            <Icon name="shield" /> {words.say("Privacy: what we keep, where, and how to delete it")}
          </a>
        </p>
        <p>
          <a href="/?plain=1">{words.say("Simple page, for slow phones")}</a>
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
    tell((await setLanguage(tag)) ? "" : words.say("Go online once to download this language."));
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
        <Icon name="phone" /> {words.say("Offline use")}
      </h2>
      {readiness.kind === "ready" && <p>{words.say("Works offline.")}</p>}
      {readiness.kind === "unsupported" && (
        <p>{words.say("This phone can't answer offline. You get answers when you are online.")}</p>
      )}
      {readiness.kind === "fetching" && (
        <p>{words.say("Downloading for offline use: %(share)s", { share: words.share(Math.floor(100 * readiness.share) / 100) })}</p>
      )}
      {readiness.kind === "absent" && manifest !== null && (
        <button type="button" class="second" onClick={() => void prepare()}>
          <Icon name="download" />{" "}
          {words.say("Download for offline use (%(size)s)", { size: words.megabytes(downloadBytes(manifest)) })}
        </button>
      )}
      {manifest !== null && <p class="note">{words.modelName(manifest.version)}</p>}
    </section>
  );
}
