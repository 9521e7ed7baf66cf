/** What an extension worker writes down about one plant of a visit. */

import { useEffect, useState } from "preact/hooks";
import { usePhone } from "../phone";
import type { Case } from "../store/case";
import { changeCase } from "../store/delivery";

const PAUSE_MS = 300;

export function VisitFields({ one }: { one: Case }) {
  const { database, words, changed } = usePhone();
  const [plot, setPlot] = useState(one.plot);
  const [note, setNote] = useState(one.note);

  // What is typed stands here until it is kept: the case itself may change meanwhile, because it is being sent.
  useEffect(() => {
    if (plot === one.plot && note === one.note) return;
    const keep = (): void => void changeCase(database, one.id, { plot, note }).then(changed);
    const timer = setTimeout(keep, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      keep();
    };
  }, [plot, note]);

  return (
    <section class="card visit-fields">
      <h2>{words.say("For the sheet of the visit")}</h2>
      <label>
        {words.say("Plot")}
        <input value={plot} maxLength={60} onInput={({ currentTarget: { value } }) => setPlot(value)} />
      </label>
      <label>
        {words.say("Note")}
        <textarea rows={3} maxLength={500} value={note} onInput={({ currentTarget: { value } }) => setNote(value)} />
      </label>
    </section>
  );
}
