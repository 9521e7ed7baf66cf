/** What to look for on the leaf in the hand. */

import { inSentences } from "../text/wording";

/** The one sign that tells comes first in every text; the others at a touch. */
export function Tell({ see }: { see: string }) {
  const [first, others] = inSentences(see);
  if (others === "") return <p dir="auto">{see}</p>;
  return (
    <details class="tell">
      <summary dir="auto">{first}</summary>
      <p dir="auto">{others}</p>
    </details>
  );
}
