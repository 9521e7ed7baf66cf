/** Said on every screen where this phone cannot store what the person has written or chosen. */

import { usePhone } from "../phone";
import { sentence } from "../text/sentences";
import { Icon } from "./icon";

export const UNSAVED = sentence("This can't be saved on the phone. It may be full: delete old answers, then ask again.");

export function Unsaved() {
  const { words, isUnsaved } = usePhone();
  if (!isUnsaved) return null;
  return <div class="ask-bar"><p class="complaint" role="alert"><Icon name="warning" /> {words.say(UNSAVED)}</p></div>;
}
