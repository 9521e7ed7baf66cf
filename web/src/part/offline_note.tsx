/** How far it is with answering without a network. Megabytes cost money, so the person decides, except on Wi-Fi. */

import { downloadBytes } from "../device/bundle";
import { exampleBytes } from "../device/examples";
import { usePhone } from "../phone";
import { Icon } from "./icon";

export function OfflineNote() {
  const { words, readiness, manifest, prepare } = usePhone();
  if (readiness.kind === "ready") {
    return <p class="note" id="offline" data-state="ready"><Icon name="yes" /> {words.say("Works offline.")}</p>;
  }
  if (readiness.kind === "unsupported") {
    return <p class="note">{words.say("This phone can't answer offline. You get answers when you are online.")}</p>;
  }
  return (
    <div class="note" id="offline" data-state={readiness.kind}>
      {readiness.kind === "fetching" ? (
        <p>
          <Icon name="download" />{" "}
          {words.say("Downloading for offline use: %(share)s", { share: words.share(Math.floor(100 * readiness.share) / 100) })}
        </p>
      ) : (
        <button type="button" class="second" onClick={() => void prepare()}>
          <Icon name="download" />{" "}
          {manifest === null
            ? words.say("Download for offline use")
            : words.say("Download for offline use (%(size)s)", { size: words.megabytes(downloadBytes(manifest) + exampleBytes(words.texts)) })}
        </button>
      )}
      {!IS_DEMO && <p>{words.say("Until then your photos are sent for the answer, and not kept unless you share them.")}</p>}
    </div>
  );
}
