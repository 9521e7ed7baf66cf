/** A drawing of what a condition looks like on a leaf, to be compared by eye; see `serving/static/signs.svg`. */

import { usePhone } from "../phone";

export function Sign({ condition }: { condition: string }) {
  const { words } = usePhone();
  return <Drawing sign={words.texts.advice[condition]?.sign} />;
}

export function Drawing({ sign }: { sign: string | null | undefined }) {
  if (!sign) return null;
  return (
    <svg class="sign" viewBox="0 0 48 48" width="48" height="48" aria-hidden="true" focusable="false" data-sign={sign}>
      <use href={`/static/signs.svg#${sign}`} />
    </svg>
  );
}
