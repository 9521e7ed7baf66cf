/** An extension worker's visits: start one, go on with one, what is due, and plants whose photos are on another phone. */

import { useState } from "preact/hooks";
import { Heading } from "../part/heading";
import { Icon } from "../part/icon";
import { usePhone, useStored } from "../phone";
import { goTo } from "../route";
import type { Case } from "../store/case";
import type { Visit } from "../store/visit";
import { dayOf } from "./calendar";
import { Current, type Head, HeadFields, Progress, titleOf } from "./current";
import { isSent } from "./exchange";
import { PlantNotes } from "./notes";
import { changeVisit, claim, type Plant, plantsOf, visitsOf } from "./plants";

/** @param id Of a plant that is on another phone; empty for the visits. */
export function VisitScreen({ id }: { id: string }) {
  const { database, worker, visit } = usePhone();
  const owner = worker?.worker ?? null;
  const found = useStored(
    async () => ({
      visits: (await visitsOf(database, owner)).filter(({ isLeaving }) => isLeaving !== true),
      unclaimed: owner === null ? [] : await visitsOf(database, null),
      cases: await database.getAllFromIndex("cases", "when"),
    }),
    [owner],
  );
  if (found === undefined || worker === null) return null;
  const current = found.visits.find((one) => one.id === visit);
  if (current === undefined) return <Visits {...found} />;
  const plants = plantsOf(found.cases, current);
  const plant = plants.find(({ entry }) => entry.id === id);
  return plant === undefined ? (
    <Current key={current.id} visit={current} plants={plants} isSent={isSent(found.cases, current)} />
  ) : <Elsewhere key={id} visit={current} plant={plant} />;
}

function Visits({ visits, unclaimed, cases }: { visits: readonly Visit[]; unclaimed: readonly Visit[]; cases: readonly Case[] }) {
  const { database, delivery, words, worker, setVisit, stored } = usePhone();
  const owner = worker?.worker ?? null;
  const [head, setHead] = useState<Head>({ title: "", farmer: "" });
  const due = visits.filter((one) => one.lookAgainOn != null).sort((a, b) => (a.lookAgainOn ?? "").localeCompare(b.lookAgainOn ?? ""));
  const today = dayOf(new Date());

  async function begin(event: Event): Promise<void> {
    event.preventDefault();
    const visit: Visit = { id: crypto.randomUUID(), startedAt: Date.now(), title: head.title.trim(), farmer: head.farmer.trim(), owner };
    if (!(await stored(database.put("visits", visit)))) return;
    await setVisit(visit.id);
    goTo("");
  }

  return (
    <>
      <Heading>{words.say("Visits")}</Heading>
      <form class="card" onSubmit={(event) => void begin(event)}>
        <HeadFields head={head} onChange={(change) => setHead((now) => ({ ...now, ...change }))} />
        <button type="submit" data-do="start-visit"><Icon name="visit" /> {words.say("Start a visit")}</button>
      </form>
      {due.length > 0 && (
        <section class="card due">
          <h2>{words.say("To look at again")}</h2>
          <ul>
            {due.map((one) => (
              <li key={one.id} data-due={one.lookAgainOn} class={(one.lookAgainOn ?? "") <= today ? "now" : ""}>
                <button type="button" class="second" onClick={() => void setVisit(one.id)}>
                  {words.day(`${one.lookAgainOn}T12:00`)}: {named(one)}
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <ul class="cases">
        {visits.map((visit) => (
          <li class="card" key={visit.id} data-visit={visit.id}>
            <button type="button" class="second" onClick={() => void setVisit(visit.id)}>
              {named(visit)}, {words.moment(visit.startedAt)}
            </button>
            <Progress visit={visit} isSent={isSent(cases, visit)} />
          </li>
        ))}
      </ul>
      {unclaimed.length > 0 && (
        <section class="card">
          <h2>{words.say("Visits without a worker")}</h2>
          <p>{words.say("An earlier version of the app did not note whose visits these are. They stay on this phone until a worker takes them.")}</p>
          <ul>
            {unclaimed.map((visit) => (
              <li key={visit.id}>
                {named(visit)}, {words.moment(visit.startedAt)}
                <button type="button" class="second" data-claim={visit.id} onClick={() => void take(visit.id)}>
                  <Icon name="yes" /> {words.say("This visit is mine")}
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );

  async function take(id: string): Promise<void> {
    if (owner !== null && (await stored(claim(database, id, owner)))) delivery.hurry();
  }

  function named(visit: Visit): string {
    return [titleOf(words, visit), visit.farmer].filter(Boolean).join(", ");
  }
}

/** A plant whose photos are on another phone. */
function Elsewhere({ visit, plant: { entry, diagnosis } }: { visit: Visit; plant: Plant }) {
  const { database, words, delivery, stored } = usePhone();
  const { plot, note, crop, finding, affected_of_ten, severity } = entry;

  async function remove(): Promise<void> {
    const removing = changeVisit(database, visit.id, ({ others = {} }) => {
      const { [entry.id]: _, ...rest } = others;
      return { others: rest };
    });
    if (!(await stored(removing))) return;
    delivery.hurry();
    goTo("visit");
  }

  const title = diagnosis && words.title(diagnosis);
  return (
    <>
      <section class={`card answer ${diagnosis?.outcome ?? ""}`}>
        {title !== null && <p class="label">{title.label}</p>}
        <Heading>{title?.headline ?? words.say("No answer yet")}</Heading>
        <p class="note">{words.say("The photos are on another phone.")}</p>
        <PlantNotes visit={visit.id} id={entry.id} notes={{ plot, note, crop, finding, affected_of_ten, severity }} />
        <button type="button" class="quiet" data-do="remove-plant" onClick={() => void remove()}>
          <Icon name="trash" /> {words.say("Remove from the visit")}
        </button>
      </section>
      <p><a class="button" href="#visit"><Icon name="visit" /> {titleOf(words, visit)}</a></p>
    </>
  );
}
