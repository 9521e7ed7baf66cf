/** The way from an answer to what is no disease but may look like one. */

import { usePhone } from "../phone";

/** Ends what is said of a plant without naming a condition; `#causes/<id>` opens one of `words.texts.names.causes`. */
export function SomethingElse() {
  const { words } = usePhone();
  return (
    <p>
      <a href="#causes" data-do="causes">
        {words.somethingElse()}
      </a>
    </p>
  );
}
