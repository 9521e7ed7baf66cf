/** What an extension worker writes down about one plant of a visit, beside what the model says of it. */

import { useEffect, useRef, useState } from "preact/hooks";
import { usePhone, useStored } from "../phone";
import type { Case } from "../store/case";
import type { Notes } from "../store/visit";
import { inLine } from "../text/wording";
import { editNotes, notesOf, unstored } from "./plants";
import { Leaf, SEVERITIES } from "./severity";

const PAUSE_MS = 300;
const PLANTS = 10;
export const OTHER = "other";

export function CaseNotes({ one }: { one: Case }) {
  return one.visit === null ? null : <PlantNotes visit={one.visit} id={one.id} notes={notesOf(one)} />;
}

export function PlantNotes({ visit: visitId, id, notes }: { visit: string; id: string; notes: Notes }) {
  const { database, delivery, words, worker, stored } = usePhone();
  const visit = useStored(() => database.get("visits", visitId), [visitId]);
  // Hold only what is written here. The case may change meanwhile, because the app may be sending it.
  const [changes, change] = useState<Partial<Notes>>({});
  const written = { ...notes, ...changes };
  const latest = useRef({ changes, written });
  latest.current = { changes, written };
  /** What was stored last, or is being stored; null if that failed. */
  const kept = useRef<Partial<Notes> | null>(changes);

  /** Store the text, but not at every letter: the app writes the whole case with its photos. */
  function keep(): void {
    const { changes, written } = latest.current;
    if (changes === kept.current) return;
    kept.current = changes;
    void stored(editNotes(database, visitId, id, written)).then((isStored) => {
      if (isStored) delivery.soon();
      // Try again with the next letter, or when the person leaves.
      else if (kept.current === changes) kept.current = null;
    });
  }

  // What is stored is no longer written here: another phone may write something else later. Ask what is written at
  // this moment, or what the person has typed since would be lost.
  useEffect(() => {
    change((now) => (now === kept.current ? (kept.current = unstored(now, notes)) : now));
  });

  useEffect(() => {
    const timer = setTimeout(keep, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [changes]);
  useEffect(() => keep, []);

  // A visit that was deleted has no notes, and another worker's are their own.
  if (visit === undefined || worker === null || (visit.owner ?? null) !== (worker.worker ?? null)) return null;
  const set = (fields: Partial<Notes>): void => change((now) => ({ ...now, ...fields }));
  return (
    <section class="visit-fields">
      <h2>{words.say("Visit notes")}</h2>
      <p class="when">{inLine(visit.title, visit.farmer)}</p>
      <label>
        {words.say("Plot")}
        <input value={written.plot} maxLength={60} onInput={({ currentTarget: { value } }) => set({ plot: value })} onBlur={keep} />
      </label>
      <label>
        {words.say("Note")}
        <textarea rows={2} maxLength={500} value={written.note} onInput={({ currentTarget: { value } }) => set({ note: value })} onBlur={keep} />
      </label>
      <Finding notes={written} onChange={set} />
      <fieldset class="ticks">
        <legend>{words.say("Count ten plants. How many are sick?")}</legend>
        {Array.from({ length: PLANTS + 1 }, (_, count) => (
          <label key={count}>
            <input
              type="radio"
              name="affected"
              value={count}
              checked={written.affected_of_ten === count}
              onChange={() => set({ affected_of_ten: count })}
            />
            <span class={count > 0 && count <= (written.affected_of_ten ?? 0) ? "sick" : ""}>{count}</span>
          </label>
        ))}
      </fieldset>
      <fieldset class="tiles">
        <legend>{words.say("How bad is it on the sick ones?")}</legend>
        {SEVERITIES.map((name, at) => (
          <label key={name}>
            <input
              type="radio"
              name="severity"
              value={at + 1}
              checked={written.severity === at + 1}
              onChange={() => set({ severity: at + 1 })}
            />
            <span>
              <Leaf severity={at + 1} />
              <b>{words.say(name)}</b>
            </span>
          </label>
        ))}
      </fieldset>
    </section>
  );
}

/** A condition of the crop, healthy among them, or something else. */
function Finding({ notes, onChange }: { notes: Notes; onChange(change: Partial<Notes>): void }) {
  const { words } = usePhone();
  const { crops, conditions } = words.texts.names;
  const options = (names: typeof crops, isOffered: (id: string) => boolean = () => true) =>
    Object.entries(names)
      .filter(([id]) => isOffered(id))
      .sort(([, one], [, other]) => one.name.localeCompare(other.name, words.tag))
      .map(([id, { name }]) => <option value={id}>{name}</option>);
  return (
    <>
      {(notes.crop === null || notes.finding === OTHER) && (
        <label>
          {words.say("Crop")}
          <select value={notes.crop ?? ""} data-field="crop" onChange={({ currentTarget: { value } }) => onChange({ crop: value || null })}>
            <option value="">–</option>
            {options(crops)}
          </select>
        </label>
      )}
      <label>
        {words.say("What do you think it is?")}
        <select value={notes.finding ?? ""} data-field="finding" onChange={({ currentTarget: { value } }) => onChange({ finding: value || null })}>
          <option value="">–</option>
          {options(conditions, (id) => id.startsWith(`${notes.crop}.`) || id === notes.finding)}
          <option value={OTHER}>{words.say("something else")}</option>
        </select>
      </label>
    </>
  );
}
