/** What to do about a condition; the same words in the same order as on the service's page, which has no photo between them. */

import { usePhone } from "../phone";
import type { Advice } from "../text/texts";
import { Example } from "./example";
import { Icon } from "./icon";
import { Sign } from "./sign";

/** Beside the answer itself: a farmer acts on it while the leaf is still in the hand. */
export function Today({ advice }: { advice: Advice }) {
  const { words } = usePhone();
  return (
    <div class="today">
      <List heading={words.say("What to do today")} items={advice.today} />
    </div>
  );
}

/** Likewise: who acts has to be sure first. */
export function Confirm({ advice }: { advice: Advice }) {
  const { words } = usePhone();
  return (
    <div class="confirm">
      <h2>{words.say("How to confirm it")}</h2>
      <p dir="auto">
        <Sign condition={advice.id} /> {advice.see} {words.lookAlikes(advice)}
      </p>
      <Example condition={advice.id} name={advice.name} />
    </div>
  );
}

/** Everything that can be read later. */
export function AdviceCard({ advice }: { advice: Advice }) {
  const { words } = usePhone();
  const product = words.product(advice);
  return (
    <section class="card advice">
      <List heading={words.say("This season")} items={advice.season} />
      <List heading={words.say("Next season")} items={advice.next_season} />
      <h2>{words.say("When to call for help")}</h2>
      <p dir="auto">{advice.call}</p>
      <h2>{words.say("Why it happens")}</h2>
      <p dir="auto">{words.reason(advice)}</p>
      {product !== "" && <p class="product">{product}</p>}
      <p class="reviews">{words.reviews(advice).join(" ")}</p>
      <p>
        <a href={`/leaflets/${advice.id}?language=${words.tag}`} data-do="leaflet">
          <Icon name="print" /> {words.say("Print this advice")}
        </a>
      </p>
    </section>
  );
}

export function List({ heading, items }: { heading: string; items: readonly string[] }) {
  return (
    <>
      <h2>{heading}</h2>
      <ul>
        {items.map((item) => (
          <li dir="auto">{item}</li>
        ))}
      </ul>
    </>
  );
}
