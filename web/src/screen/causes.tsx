/** What is no disease but may look like one, each with its signs, what to do and what to leave. */

import { AdviceCard, Caution, List, Today } from "../part/advice_card";
import { Heading } from "../part/heading";
import { Drawing } from "../part/sign";
import { usePhone, useStored } from "../phone";
import { readCauses } from "../text/texts";

export function CausesScreen({ id }: { id: string }) {
  const { database, words } = usePhone();
  const causes = useStored(() => readCauses(database, words.tag), [words.tag]);
  return (
    <>
      <Heading>{words.say("Not a disease")}</Heading>
      {causes === null && <p class="card">{words.say("There is no network. Try again later.")}</p>}
      {causes?.map((cause) => (
        <details data-cause={cause.id} open={cause.id === id}>
          <summary><Drawing sign={cause.sign} /> {cause.name}</summary>
          <section class="card">
            <p dir="auto">{cause.see}</p>
            <List heading={words.say("How to tell it from a disease")} items={cause.signs ?? []} />
            <Today advice={cause} />
            <List heading={words.say("What never to do")} items={cause.never ?? []} />
            <Caution />
          </section>
          <AdviceCard advice={cause} />
        </details>
      ))}
    </>
  );
}
