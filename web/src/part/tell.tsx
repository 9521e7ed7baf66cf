/** What to look for on the leaf in the hand. */

/** The one sign that tells comes first in every text; the others at a touch. */
export function Tell({ see }: { see: string }) {
  const [, first = see, others = ""] = /^(.+?[.!?।؟])\s+(.+)$/su.exec(see) ?? [];
  if (others === "") return <p dir="auto">{see}</p>;
  return (
    <details class="tell">
      <summary dir="auto">{first}</summary>
      <p dir="auto">{others}</p>
    </details>
  );
}
