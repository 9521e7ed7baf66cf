/** An extension worker's visits: start one, go on with one, what is due, and the sheet, table and calendar of each. */

import { useState } from "preact/hooks";
import { saveFile } from "../device/save_file";
import { Heading } from "../part/heading";
import { Icon } from "../part/icon";
import { usePhone, useStored } from "../phone";
import { goTo } from "../route";
import { CaseLine } from "../screen/answers";
import type { Case } from "../store/case";
import type { Visit } from "../store/visit";
import { sentence } from "../text/sentences";
import { inLine, type Wording } from "../text/wording";
import { calendarOf, dayOf, inAWeek } from "./calendar";
import { isSent } from "./exchange";
import { PlantNotes } from "./notes";
import { type FetchedPhotos, fetchPhotos, withoutPhoto } from "./photos";
import { changeVisit, claim, editVisit, type Plant, plantsOf, visitsOf } from "./plants";
import { findingName, Sheet } from "./sheet";
import { csvOf, fileNameOf } from "./table";

/** What helps where the service refuses something; the same as on its pages. */
const REMEDIES: Readonly<Record<string, string>> = {
  visit_deleted: sentence("It was deleted on another phone. What is on this phone stays here."),
  visit_full: sentence("Start another visit for the next plants."),
  time_implausible: sentence("Set the date and time of the phone."),
};

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
    <Current visit={current} plants={plants} isSent={isSent(found.cases, current)} />
  ) : (
    <Elsewhere key={id} visit={current} plant={plant} />
  );
}

function Visits({ visits, unclaimed, cases }: { visits: readonly Visit[]; unclaimed: readonly Visit[]; cases: readonly Case[] }) {
  const { database, delivery, words, worker, setVisit, changed } = usePhone();
  const owner = worker?.worker ?? null;
  const [head, setHead] = useState<Head>({ title: "", farmer: "" });
  const due = visits.filter((one) => one.lookAgainOn != null).sort((a, b) => (a.lookAgainOn ?? "").localeCompare(b.lookAgainOn ?? ""));
  const today = dayOf(new Date());

  async function begin(event: Event): Promise<void> {
    event.preventDefault();
    const visit: Visit = { id: crypto.randomUUID(), startedAt: Date.now(), title: head.title.trim(), farmer: head.farmer.trim(), owner };
    await database.put("visits", visit);
    await setVisit(visit.id);
    changed();
    goTo("");
  }

  return (
    <>
      <Heading>{words.say("Visits")}</Heading>
      <form class="card" onSubmit={(event) => void begin(event)}>
        <HeadFields head={head} onChange={setHead} />
        <button type="submit" data-do="start-visit">
          <Icon name="visit" /> {words.say("Start a visit")}
        </button>
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
    if (owner !== null) await claim(database, id, owner);
    changed();
    delivery.hurry();
  }

  function named(visit: Visit): string {
    return [titleOf(words, visit), visit.farmer].filter(Boolean).join(", ");
  }
}

interface Head {
  readonly title: string;
  readonly farmer: string;
}

function HeadFields({ head, onChange, onBlur }: { head: Head; onChange(head: Head): void; onBlur?(): void }) {
  const { words } = usePhone();
  return (
    <>
      <div class="field">
        <label for="visit-title">{words.say("Farm or place")}</label>
        <input
          id="visit-title"
          value={head.title}
          maxLength={80}
          onInput={({ currentTarget: { value } }) => onChange({ ...head, title: value })}
          onBlur={onBlur}
        />
      </div>
      <div class="field">
        <label for="visit-farmer">{words.say("Farmer's name")}</label>
        <input
          id="visit-farmer"
          value={head.farmer}
          maxLength={80}
          autocomplete="off"
          onInput={({ currentTarget: { value } }) => onChange({ ...head, farmer: value })}
          onBlur={onBlur}
        />
      </div>
    </>
  );
}

function Current({ visit, plants, isSent }: { visit: Visit; plants: readonly Plant[]; isSent: boolean }) {
  const { database, delivery, words, worker, setVisit, changed } = usePhone();
  const [isSure, setSure] = useState(false);
  const [head, setHead] = useState<Head>({ title: visit.title, farmer: visit.farmer ?? "" });
  const setting = `name-${visit.owner ?? ""}`;
  const [fetched, setFetched] = useState<FetchedPhotos>({});
  const [isAway, setAway] = useState(false);
  const missing = withoutPhoto(plants, fetched);
  const ownName = useStored(async () => ((await database.get("settings", setting)) as string | undefined) ?? "", [setting]);
  const name = ownName || (worker?.name ?? "");
  // What is typed must outlive a visit that is sent meanwhile.
  const [typed, setTyped] = useState<string | null>(null);
  const title = titleOf(words, visit);
  const isEmpty = plants.length === 0;

  async function edit(fields: Partial<Visit>): Promise<void> {
    await editVisit(database, visit.id, fields);
    changed();
    delivery.soon();
  }

  async function lookAgain(): Promise<void> {
    const day = inAWeek(new Date());
    await edit({ lookAgainOn: day });
    const found = plants.map(({ entry, diagnosis }) =>
      [entry.plot, findingName(words, entry.finding) || (diagnosis && words.headline(diagnosis))].filter(Boolean).join(": "),
    );
    const summary = words.say("Look again: %(title)s", { title });
    saveFile(new File([calendarOf(visit, day, summary, found.join("\n"))], fileNameOf(visit, "ics"), { type: "text/calendar" }));
  }

  async function fetchMissing(): Promise<void> {
    if (worker === null) return;
    setAway(!(await fetchPhotos(worker, missing, (id, photo) => setFetched((now) => ({ ...now, [id]: photo })))));
  }

  async function remove(): Promise<void> {
    if (visit.isTried === true) await changeVisit(database, visit.id, () => ({ isLeaving: true }));
    else await database.delete("visits", visit.id);
    await setVisit(null);
    changed();
    delivery.hurry();
  }

  return (
    <>
      <Heading>{title}</Heading>
      <div class="screen-only">
        <p>
          {inLine(visit.farmer, words.moment(visit.startedAt))}
        </p>
        <Progress visit={visit} isSent={isSent} />
        <p>
          <a class="button" href="#">
            <Icon name="camera" /> {words.say("Next plant")}
          </a>
        </p>
        <ul class="cases">
          {plants.map((plant) => (
            <PlantLine key={plant.entry.id} plant={plant} visit={visit} />
          ))}
        </ul>
        <details class="card">
          <summary>{words.say("Names on the sheet")}</summary>
          <HeadFields
            head={head}
            onChange={setHead}
            onBlur={() => {
              if (head.title !== visit.title || head.farmer !== (visit.farmer ?? "")) void edit({ ...head });
            }}
          />
          <div class="field">
            <label for="own-name">{words.say("Your name")}</label>
            <input
              id="own-name"
              value={typed ?? ownName}
              maxLength={80}
              autocomplete="name"
              onInput={({ currentTarget: { value } }) => setTyped(value)}
              onChange={({ currentTarget: { value } }) => void database.put("settings", value.trim(), setting).then(changed)}
            />
          </div>
        </details>
        {isAway && <p role="alert">{words.say("There is no network. Try again later.")}</p>}
        {Object.values(fetched).includes(null) && <p data-photos="elsewhere">{words.say("The photos are on another phone.")}</p>}
        <div class="actions">
          {missing.length > 0 && (
            <button type="button" class="second" data-do="fetch-photos" onClick={() => void fetchMissing()}>
              <Icon name="download" /> {words.say("Get photos from the service")}
            </button>
          )}
          <button type="button" class="second" disabled={isEmpty} onClick={() => print()}>
            <Icon name="print" /> {words.say("Print or save as PDF")}
          </button>
          <button
            type="button"
            class="second"
            data-do="save-csv"
            disabled={isEmpty}
            onClick={() => saveFile(new File([csvOf(visit, name, plants)], fileNameOf(visit, "csv"), { type: "text/csv" }))}
          >
            <Icon name="download" /> {words.say("Save as a table (CSV)")}
          </button>
          {visit.lookAgainOn == null ? (
            <button type="button" class="second" data-do="look-again" onClick={() => void lookAgain()}>
              <Icon name="waiting" /> {words.say("Look again in a week")}
            </button>
          ) : (
            <button type="button" class="second" data-do="looked-again" onClick={() => void edit({ lookAgainOn: null })}>
              <Icon name="yes" /> {words.say("Looked again (due on %(day)s)", { day: words.day(`${visit.lookAgainOn}T12:00`) })}
            </button>
          )}
          <button type="button" class="second" data-do="end-visit" onClick={() => void setVisit(null)}>
            <Icon name="yes" /> {words.say("End the visit")}
          </button>
          <button type="button" class="quiet" data-do={isSure ? "delete-for-good" : "delete"} onClick={() => (isSure ? void remove() : setSure(true))}>
            <Icon name="trash" />{" "}
            {isSure ? words.say("Yes, delete it for good") : words.say("Delete this visit; its answers stay")}
          </button>
        </div>
      </div>
      <Sheet visit={visit} plants={plants} name={name} fetched={fetched} />
    </>
  );
}

/** How far a visit is on its way to the service, or why it does not get there. */
function Progress({ visit, isSent }: { visit: Visit; isSent: boolean }) {
  const { words } = usePhone();
  const codes = [...new Set(Object.values(visit.refusals ?? {}))];
  const isRefused = codes.length > 0;
  return (
    <>
      <p class="standing" data-sent={isRefused ? "refused" : isSent ? "yes" : "no"}>
        <Icon name={isRefused ? "warning" : isSent ? "sent" : "waiting"} />{" "}
        {isRefused
          ? words.say("Part of it could not be sent. It stays on this phone.")
          : isSent
            ? words.say("Sent. Only you and your supervisors see it.")
            : words.say("Will be sent when you are online.")}
      </p>
      {codes.map((code) => (
        <p key={code} class="code" data-code={code}>
          {REMEDIES[code] !== undefined && words.say(REMEDIES[code])} {words.say("Code for support: %(code)s", { code })}
        </p>
      ))}
    </>
  );
}

/** A plant in the list, with what the worker wrote. */
function PlantLine({ plant: { entry, diagnosis, one }, visit }: { plant: Plant; visit: Visit }) {
  const { words } = usePhone();
  const finding = findingName(words, entry.finding);
  const written = [entry.plot && words.say("Plot %(name)s", { name: entry.plot }), finding, entry.note].filter(Boolean).join(" · ");
  const notes = written === "" ? null : <p class="written">{written}</p>;
  if (one !== null) return <CaseLine one={one}>{notes}</CaseLine>;
  return (
    <li class={`card case ${diagnosis?.outcome ?? ""}`} data-elsewhere={entry.id}>
      <div>
        <a href={`#visit/${entry.id}`} data-visit={visit.id}>
          {diagnosis === null ? words.say("No answer yet") : words.headline(diagnosis)}
        </a>
        <p class="when">{words.moment(Date.parse(entry.at))}</p>
        {notes}
      </div>
    </li>
  );
}

/** A plant whose photos are on another phone. */
function Elsewhere({ visit, plant: { entry, diagnosis } }: { visit: Visit; plant: Plant }) {
  const { database, words, delivery, changed } = usePhone();
  const { plot, note, crop, finding, affected_of_ten, severity } = entry;

  async function remove(): Promise<void> {
    await changeVisit(database, visit.id, ({ others = {} }) => {
      const { [entry.id]: _, ...rest } = others;
      return { others: rest };
    });
    changed();
    delivery.hurry();
    goTo("visit");
  }

  return (
    <>
      <section class={`card answer ${diagnosis?.outcome ?? ""}`}>
        {diagnosis !== null && <p class="label">{words.label(diagnosis)}</p>}
        <Heading>{diagnosis === null ? words.say("No answer yet") : words.headline(diagnosis)}</Heading>
        <p class="note">{words.say("The photos are on another phone.")}</p>
        <PlantNotes visit={visit.id} id={entry.id} notes={{ plot, note, crop, finding, affected_of_ten, severity }} />
        <button type="button" class="quiet" data-do="remove-plant" onClick={() => void remove()}>
          <Icon name="trash" /> {words.say("Remove from the visit")}
        </button>
      </section>
      <p>
        <a class="button" href="#visit">
          <Icon name="visit" /> {titleOf(words, visit)}
        </a>
      </p>
    </>
  );
}

function titleOf(words: Wording, visit: Visit): string {
  return visit.title === "" ? words.say("Visit") : visit.title;
}
