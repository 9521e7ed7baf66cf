import { useState } from "preact/hooks";
import { usePhone } from "../phone";
import { Icon } from "./icon";

/** Deletes on the second press. */
export function DeleteButton({ label, remove }: { label: string; remove: () => void }) {
  const { words } = usePhone();
  const [isSure, setSure] = useState(false);
  return (
    <button type="button" class="quiet" data-do={isSure ? "delete-for-good" : "delete"} onClick={() => (isSure ? remove() : setSure(true))}>
      <Icon name="trash" /> {isSure ? words.say("Yes, delete it for good") : label}
    </button>
  );
}
