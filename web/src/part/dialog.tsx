/** A window above the screen, which gives the focus back to the button that opened it. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { usePhone } from "../phone";
import { Icon } from "./icon";

interface Props {
  title: string;
  class?: string;
  onClose(): void;
  children: ComponentChildren;
}

export function Dialog({ title, onClose, children, ...rest }: Props) {
  const { words } = usePhone();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    return () => dialog.current?.close();
  }, []);
  return (
    <dialog ref={dialog} aria-label={title} onClose={onClose} {...rest}>
      <p>{title}</p>
      {children}
      <div class="shutter">
        <button type="button" class="second" autofocus onClick={onClose}><Icon name="no" /> {words.say("Close")}</button>
      </div>
    </dialog>
  );
}
