/** What to do about a condition; the same words in the same order as on the service's page. */

import type { ComponentChildren } from "preact";
import { usePhone } from "../phone";
import { sentence } from "../text/sentences";
import type { Advice } from "../text/texts";
import { Beside } from "./case_photos";
import { Credit } from "./example";
import { Icon } from "./icon";
import { Sign } from "./sign";
import { Tell } from "./tell";
import "./advice_card.css";

const SPREAD: Readonly<Record<string, string>> = {
  days: sentence("Spreads within days."),
  weeks: sentence("Spreads within weeks."),
  season: sentence("Spreads over a season."),
  years: sentence("Spreads over years."),
};

/** Beside the answer itself: a farmer acts on it while the leaf is still in the hand. */
export function Today({ advice }: { advice: Advice }) {
  const { words } = usePhone();
  return <div class="today"><List heading={words.say("What to do today")} items={advice.today} /></div>;
}

/** Likewise: who acts has to be sure first. */
export function Confirm({ advice }: { advice: Advice }) {
  const { words } = usePhone();
  return (
    <div class="confirm">
      <h2>{words.say("How to confirm it")} <Sign condition={advice.id} /></h2>
      <Beside condition={advice.id} name={advice.name} />
      <Tell see={`${advice.see} ${words.lookAlikes(advice)}`} />
      <Credit conditions={[advice.id]} />
    </div>
  );
}

/** @param children What it can stand before. */
export function Caution({ advice, children }: { advice?: Advice | undefined; children?: ComponentChildren }) {
  const { words } = usePhone();
  return <p class="caution"><Icon name="warning" /> <span>{words.caution(advice)} {children}</span></p>;
}

interface CardProps {
  advice: Advice;
  /** Whether nothing but a person's own choice speaks for it: then nothing is said about what to spray. */
  isChosen?: boolean;
}

/** Everything that can be read later, closed until then. */
export function AdviceCard({ advice, isChosen = false }: CardProps) {
  const { words } = usePhone();
  const product = isChosen ? "" : words.product(advice);
  return (
    <section class="card advice">
      <Fold name={words.say("This season")}><Items items={advice.season} /></Fold>
      <Fold name={words.say("Next season")}><Items items={advice.next_season} /></Fold>
      <Fold name={words.say("Why it happens")}><p dir="auto">{advice.why} {words.say(SPREAD[advice.spread] ?? "")}</p></Fold>
      <Fold name={words.say("When to call for help")}>
        <p dir="auto">{advice.call}</p>
        {product !== "" && <p class="product">{product}</p>}
      </Fold>
      <p class="reviews">{words.reviews(advice).join(" ")}</p>
      <Print advice={advice} />
    </section>
  );
}

function Print({ advice }: { advice: Advice }) {
  const { words } = usePhone();
  return (
    <a class="button second" href={`/leaflets/${advice.id}?language=${words.tag}`} data-do="leaflet" target="_blank" onClick={printHere}>
      <Icon name="print" /> {words.say("Print")}
    </a>
  );
}

/** The leaflet is the service's; without a network the screen has the same advice. */
function printHere(event: MouseEvent): void {
  if (navigator.onLine && !IS_DEMO) return;
  event.preventDefault();
  document.querySelectorAll<HTMLDetailsElement>(".kept, .advice details").forEach((fold) => (fold.open = true));
  print();
}

function Fold({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <details>
      <summary>{name}</summary>
      {children}
    </details>
  );
}

export function List({ heading, items }: { heading: string; items: readonly string[] }) {
  return (
    <>
      <h2>{heading}</h2>
      <Items items={items} />
    </>
  );
}

function Items({ items }: { items: readonly string[] }) {
  return <ul>{items.map((item) => <li dir="auto">{item}</li>)}</ul>;
}
