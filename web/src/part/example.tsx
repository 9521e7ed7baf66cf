/** How a condition looked on another plant, where the service has such photos: small beside a drawing; touched, larger with all credit. */

import { useEffect, useRef, useState } from "preact/hooks";
import { exampleAddress, savesData } from "../device/examples";
import { usePhone } from "../phone";
import type { ExampleSource } from "../text/texts";
import { Icon } from "./icon";

interface Props {
  condition: string;
  name: string;
}

export function Example({ condition, name }: Props) {
  const { words } = usePhone();
  const [isOpen, open] = useState(false);
  const [isAway, setAway] = useState(false);
  const { photos = {}, sources = {} } = words.texts.examples ?? {};
  const shown = (photos[condition] ?? []).flatMap(({ file, source }) => {
    const from = sources[source];
    return from === undefined ? [] : [{ address: exampleAddress(file), from }];
  });
  const [first] = shown;
  if (first === undefined || isAway) return null;
  const { authors, licence } = first.from;
  const title = words.say("Example photo: %(name)s", { name });
  const credit = `${authors[0]}${authors.length > 1 ? " et al." : ""}, ${licence}`;
  return (
    <>
      <button type="button" class="second example" data-do="example" onClick={() => open(true)}>
        {savesData() ? title : <img src={first.address} alt={title} loading="lazy" width="96" height="72" onError={() => setAway(true)} />}
        <span>{words.say("Photo: %(credit)s", { credit })}</span>
      </button>
      {isOpen && <Larger {...{ title, shown }} onClose={() => open(false)} />}
    </>
  );
}

interface LargerProps {
  title: string;
  shown: readonly { readonly address: string; readonly from: ExampleSource }[];
  onClose(): void;
}

function Larger({ title, shown, onClose }: LargerProps) {
  const { words } = usePhone();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    // Gives the focus back to the button that opened it.
    return () => dialog.current?.close();
  }, []);
  return (
    <dialog ref={dialog} class="examples" aria-label={title} onClose={onClose}>
      <p>{title}</p>
      {shown.map(({ address, from }) => (
        <figure>
          <img src={address} alt={title} width="320" />
          <figcaption>
            {words.say("Photo: %(credit)s", { credit: from.authors.join(", ") })}. <Link to={from.home}>{from.title}</Link>.{" "}
            <Link to={from.licence_link}>{from.licence}</Link>. {words.say("Made smaller.")}
          </figcaption>
        </figure>
      ))}
      <div class="shutter">
        <button type="button" class="second" onClick={onClose}>
          <Icon name="no" /> {words.say("Close")}
        </button>
      </div>
    </dialog>
  );
}

function Link({ to, children }: { to: string; children: string }) {
  return (
    <a href={to} target="_blank" rel="noreferrer">
      <bdi>{children}</bdi>
    </a>
  );
}
