/** The visit that a worker is on: its plants, its sheet, and how far it is on its way to the service. */

import { useEffect, useState } from "preact/hooks";
import { saveFile } from "../device/save_file";
import { DeleteButton } from "../part/delete_button";
import { Heading } from "../part/heading";
import { Icon } from "../part/icon";
import { usePhone, useStored } from "../phone";
import { CaseLine } from "../screen/answers";
import type { Visit } from "../store/visit";
import { sentence } from "../text/sentences";
import { inLine, type Wording } from "../text/wording";
import { calendarOf, dayAfter } from "./calendar";
import { type FetchedPhotos, fetchPhotos, withoutPhoto } from "./photos";
import { deleteVisit, editVisit, type Plant, unstored } from "./plants";
import { findingName, Sheet } from "./sheet";
import { csvOf, fileNameOf } from "./table";

/** What helps where the service refuses something; the same as on its pages. */
const REMEDIES: Readonly<Record<string, string>> = {
  visit_deleted: sentence("It was deleted on another phone. What is on this phone stays here."),
  visit_full: sentence("Start another visit for the next plants."),
  visits_too_many: sentence("It stays on this phone. Open the app again tomorrow."),
  time_implausible: sentence("Set the date and time of the phone."),
};

export interface Head {
  readonly title: string;
  readonly farmer: string;
}

export function HeadFields({ head, onChange, onBlur }: { head: Head; onChange(change: Partial<Head>): void; onBlur?(): void }) {
  const { words } = usePhone();
  const fields = { title: words.say("Farm or place"), farmer: words.say("Farmer's name") };
  return (
    <>
      {(Object.keys(fields) as (keyof Head)[]).map((field) => (
        <div key={field} class="field">
          <label for={`visit-${field}`}>{fields[field]}</label>
          <input
            id={`visit-${field}`}
            value={head[field]}
            maxLength={80}
            autocomplete="off"
            onInput={({ currentTarget: { value } }) => onChange({ [field]: value })}
            onBlur={onBlur}
          />
        </div>
      ))}
    </>
  );
}

export function Current({ visit, plants, isSent }: { visit: Visit; plants: readonly Plant[]; isSent: boolean }) {
  const { database, delivery, words, worker, setVisit, stored } = usePhone();
  const names: Head = { title: visit.title, farmer: visit.farmer ?? "" };
  // Hold only what is typed here and not stored: another phone may write other names later.
  const [typedNames, typeNames] = useState<Partial<Head>>({});
  useEffect(() => typeNames((now) => unstored(now, names)));
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
    if (await stored(editVisit(database, visit.id, fields))) delivery.soon();
  }

  async function lookAgain(): Promise<void> {
    const day = dayAfter(7);
    await edit({ lookAgainOn: day });
    const found = plants.map(({ entry, diagnosis }) =>
      [entry.plot, findingName(words, entry.finding) || (diagnosis && words.title(diagnosis).headline)].filter(Boolean).join(": "),
    );
    const summary = words.say("Look again: %(title)s", { title });
    saveFile(new File([calendarOf(visit.id, day, summary, found.join("\n"))], fileNameOf(visit, "ics"), { type: "text/calendar" }));
  }

  async function fetchMissing(): Promise<void> {
    if (worker === null) return;
    setAway(!(await fetchPhotos(worker, missing, (id, photo) => setFetched((now) => ({ ...now, [id]: photo })))));
  }

  async function remove(): Promise<void> {
    if (!(await stored(deleteVisit(database, visit.id)))) return;
    await setVisit(null);
    delivery.hurry();
  }

  return (
    <>
      <Heading>{title}</Heading>
      <div class="screen-only">
        <p>{inLine(visit.farmer, words.moment(visit.startedAt))}</p>
        <Progress visit={visit} isSent={isSent} />
        <p><a class="button" href="#"><Icon name="camera" /> {words.say("Next plant")}</a></p>
        <ul class="cases">{plants.map((plant) => <PlantLine key={plant.entry.id} plant={plant} visit={visit} />)}</ul>
        <details class="card">
          <summary>{words.say("Names on the sheet")}</summary>
          <HeadFields
            head={{ ...names, ...typedNames }}
            onChange={(change) => typeNames((now) => ({ ...now, ...change }))}
            onBlur={() => {
              const written = unstored(typedNames, names);
              if (Object.keys(written).length > 0) void edit(written);
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
              onChange={({ currentTarget: { value } }) => void stored(database.put("settings", value.trim(), setting))}
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
          <DeleteButton label={words.say("Delete this visit; its answers stay")} remove={() => void remove()} />
        </div>
      </div>
      <Sheet visit={visit} plants={plants} name={name} fetched={fetched} />
    </>
  );
}

/** How far a visit is on its way to the service, or why it does not get there. */
export function Progress({ visit, isSent }: { visit: Visit; isSent: boolean }) {
  const { words } = usePhone();
  const codes = [...new Set(Object.values(visit.refusals ?? {}))];
  const isRefused = codes.length > 0;
  return (
    <>
      <p class="standing" data-sent={isRefused ? "refused" : isSent ? "yes" : "no"}>
        <Icon name={isRefused ? "warning" : isSent ? "sent" : "waiting"} />{" "}
        {isRefused
          ? words.say("Part of it could not be sent. It stays on this phone.")
          : isSent ? words.say("Sent. Only you and your supervisors see it.") : words.say("Will be sent when you are online.")}
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
          {diagnosis === null ? words.say("No answer yet") : words.title(diagnosis).headline}
        </a>
        <p class="when">{words.moment(Date.parse(entry.at))}</p>
        {notes}
      </div>
    </li>
  );
}

export function titleOf(words: Wording, visit: Visit): string {
  return visit.title === "" ? words.say("Visit") : visit.title;
}
