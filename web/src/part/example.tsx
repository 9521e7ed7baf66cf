/** How a condition looked on other plants: photos to swipe; touched, larger with all credit. Without any, its drawing. */

import { useState } from "preact/hooks";
import { exampleAddress, savesData } from "../device/examples";
import { usePhone } from "../phone";
import type { ExampleSource } from "../text/texts";
import type { Wording } from "../text/wording";
import { Dialog } from "./dialog";
import { Icon } from "./icon";
import { Sign } from "./sign";

interface Shown {
  readonly address: string;
  readonly from: ExampleSource;
}

function examplesOf({ texts }: Wording, condition: string): readonly Shown[] {
  const { photos = {}, sources = {} } = texts.examples ?? {};
  return (photos[condition] ?? []).flatMap(({ file, source }) => {
    const from = sources[source];
    return from === undefined ? [] : [{ address: exampleAddress(file), from }];
  });
}

export function Examples({ condition, name }: { condition: string; name: string }) {
  const { words, readiness } = usePhone();
  const [isOpen, open] = useState(false);
  const [away, setAway] = useState<readonly string[]>([]);
  // Where they are not on the phone yet, each costs bytes: all but the first wait for the finger.
  const [areWanted, want] = useState(readiness.kind === "ready");
  const shown = examplesOf(words, condition).filter(({ address }) => !away.includes(address));
  if (shown.length === 0) return <Sign condition={condition} />;
  const title = words.say("Example photo: %(name)s", { name });
  if (savesData() && !areWanted) {
    return <button type="button" class="second" data-do="example" onClick={() => want(true)}><Icon name="images" /> {title}</button>;
  }
  return (
    <>
      <div class="swiped" onScroll={() => want(true)} onPointerDown={() => want(true)} onFocusIn={() => want(true)}>
        {shown.map(({ address }, at) => (
          <button key={address} type="button" class="picture" data-do="example" onClick={() => open(true)}>
            {(areWanted || at === 0) && (
              <img src={address} alt={title} width="160" height="120" onError={() => setAway((now) => [...now, address])} />
            )}
          </button>
        ))}
      </div>
      {isOpen && (
        <Dialog title={title} class="examples" onClose={() => open(false)}>
          {shown.map(({ address, from }) => (
            <figure>
              <img src={address} alt={title} width="320" />
              <figcaption>
                {words.say("Photo: %(credit)s", { credit: from.authors.join(", ") })}. <Link to={from.home}>{from.title}</Link>.{" "}
                <Link to={from.licence_link}>{from.licence}</Link>. {words.say("Made smaller.")}
              </figcaption>
            </figure>
          ))}
        </Dialog>
      )}
    </>
  );
}

/** Who made the photos beside which it stands, and under which licence; all else is one touch away. */
export function Credit({ conditions }: { conditions: readonly string[] }) {
  const { words } = usePhone();
  const sources = new Set(conditions.flatMap((condition) => examplesOf(words, condition).map(({ from }) => from)));
  const credits = [...sources].map(({ authors, licence }) => `${authors[0]}${authors.length > 1 ? " et al." : ""}, ${licence}`);
  if (credits.length === 0) return null;
  return <p class="credit">{words.say("Photo: %(credit)s", { credit: [...new Set(credits)].join("; ") })}</p>;
}

function Link({ to, children }: { to: string; children: string }) {
  return <a href={to} target="_blank" rel="noreferrer"><bdi>{children}</bdi></a>;
}
