/** What an extension worker writes down about one plant of a visit. */

import { useEffect, useRef, useState } from "preact/hooks";
import { usePhone } from "../phone";
import type { Case } from "../store/case";
import { changeCase } from "../store/delivery";

const PAUSE_MS = 300;

export function VisitFields({ one }: { one: Case }) {
  const { database, words, changed } = usePhone();
  // Hold the typed text here until it is stored. The case may change meanwhile, because the app may be sending it.
  const [written, write] = useState({ plot: one.plot, note: one.note });
  const latest = useRef(written);
  latest.current = written;
  const kept = useRef(written);

  /** Store the text, but not at every letter: the app writes the whole case with its photos. */
  function keep(): void {
    const { plot, note } = latest.current;
    if (plot === kept.current.plot && note === kept.current.note) return;
    kept.current = latest.current;
    void changeCase(database, one.id, { plot, note }).then(changed);
  }

  useEffect(() => {
    const timer = setTimeout(keep, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [written]);
  useEffect(() => keep, []);

  return (
    <section class="card visit-fields">
      <h2>{words.say("Visit notes")}</h2>
      <label>
        {words.say("Plot")}
        <input
          value={written.plot}
          maxLength={60}
          onInput={({ currentTarget: { value } }) => write((now) => ({ ...now, plot: value }))}
          onBlur={keep}
        />
      </label>
      <label>
        {words.say("Note")}
        <textarea
          rows={3}
          maxLength={500}
          value={written.note}
          onInput={({ currentTarget: { value } }) => write((now) => ({ ...now, note: value }))}
          onBlur={keep}
        />
      </label>
    </section>
  );
}
