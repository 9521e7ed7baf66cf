/** An extension worker's visit: plant after plant, and the sheet of it to print, to save as PDF, or as CSV. */

import { useState } from "preact/hooks";
import { saveFile } from "../device/save_file";
import { Heading } from "../part/heading";
import { Icon } from "../part/icon";
import { usePhone, useStored } from "../phone";
import { goTo } from "../route";
import type { Case } from "../store/case";
import { csvOf, type Visit } from "../store/visit";
import { CaseLine } from "./answers";

export function VisitScreen() {
  const { database, worker, visit } = usePhone();
  const visits = useStored(async () => (await database.getAll("visits")).sort((a, b) => b.startedAt - a.startedAt));
  if (visits === undefined || worker === null) return null;
  const current = visits.find((one) => one.id === visit);
  return current === undefined ? <Visits visits={visits} /> : <Current visit={current} />;
}

function Visits({ visits }: { visits: readonly Visit[] }) {
  const { database, words, setVisit, changed } = usePhone();
  const [title, setTitle] = useState("");

  async function begin(event: Event): Promise<void> {
    event.preventDefault();
    const visit: Visit = { id: crypto.randomUUID(), startedAt: Date.now(), title: title.trim() };
    await database.put("visits", visit);
    await setVisit(visit.id);
    changed();
    goTo("");
  }

  return (
    <>
      <Heading>{words.say("Visits")}</Heading>
      <form class="card" onSubmit={(event) => void begin(event)}>
        <div class="field">
          <label for="visit-title">{words.say("Farm or place")}</label>
          <input id="visit-title" value={title} maxLength={80} onInput={(event) => setTitle(event.currentTarget.value)} />
        </div>
        <button type="submit" data-do="start-visit">
          <Icon name="visit" /> {words.say("Start a visit")}
        </button>
      </form>
      <ul class="cases">
        {visits.map((visit) => (
          <li class="card" key={visit.id}>
            <button type="button" class="second" onClick={() => void setVisit(visit.id)}>
              {visit.title === "" ? words.say("Visit") : visit.title}, {words.moment(visit.startedAt)}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function Current({ visit }: { visit: Visit }) {
  const { database, words, setVisit, changed } = usePhone();
  const [isSure, setSure] = useState(false);
  const cases = useStored(async () => {
    const all = await database.getAllFromIndex("cases", "when");
    return all.filter((one) => one.visit === visit.id && one.whereabouts !== "leaving");
  }, [visit.id]);
  if (cases === undefined) return null;
  const title = visit.title === "" ? words.say("Visit") : visit.title;
  const saveCsv = (): void => saveFile(new File([csvOf(cases)], "visit.csv", { type: "text/csv" }));
  async function remove(): Promise<void> {
    await database.delete("visits", visit.id);
    await setVisit(null);
    changed();
  }
  return (
    <>
      <Heading>{title}</Heading>
      <p>{words.moment(visit.startedAt)}</p>
      <div class="screen-only">
        <p>
          <a class="button" href="#">
            <Icon name="camera" /> {words.say("Next plant")}
          </a>
        </p>
        <ul class="cases">
          {cases.map((one) => (
            <CaseLine key={one.id} one={one} />
          ))}
        </ul>
        <div class="actions">
          <button type="button" class="second" disabled={cases.length === 0} onClick={() => print()}>
            <Icon name="print" /> {words.say("Print or save as PDF")}
          </button>
          <button type="button" class="second" data-do="save-csv" disabled={cases.length === 0} onClick={saveCsv}>
            <Icon name="download" /> {words.say("Save as a table (CSV)")}
          </button>
          <button type="button" class="second" data-do="end-visit" onClick={() => void setVisit(null)}>
            <Icon name="yes" /> {words.say("End the visit")}
          </button>
          <button type="button" class="quiet" data-do={isSure ? "delete-for-good" : "delete"} onClick={() => (isSure ? void remove() : setSure(true))}>
            <Icon name="trash" />{" "}
            {isSure ? words.say("Yes, delete it for good") : words.say("Delete this visit; its answers stay")}
          </button>
        </div>
      </div>
      <Sheet cases={cases} />
    </>
  );
}

/** Seen on paper only. */
function Sheet({ cases }: { cases: readonly Case[] }) {
  const { words, worker } = usePhone();
  return (
    <div class="sheet">
      <p>{worker?.name}</p>
      <table>
        <thead>
          <tr>
            <th>{words.say("Time")}</th>
            <th>{words.say("Plot")}</th>
            <th>{words.say("Crop")}</th>
            <th>{words.say("Answer")}</th>
            <th>{words.say("Note")}</th>
          </tr>
        </thead>
        <tbody>
          {cases.map((one) => {
            const crop = one.diagnosis?.condition?.crop ?? one.diagnosis?.coarse?.crop ?? one.crop;
            return (
              <tr>
                <td>{words.moment(one.createdAt)}</td>
                <td>{one.plot}</td>
                <td>{crop === null ? "" : words.cropName(crop)}</td>
                <td>
                  {one.diagnosis === null ? words.say("No answer yet") : `${words.label(one.diagnosis)}: ${words.headline(one.diagnosis)}. `}
                  {one.diagnosis?.condition && words.confidence(one.diagnosis.confidence)}
                </td>
                <td>{one.note}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p>{words.caution()}</p>
    </div>
  );
}
