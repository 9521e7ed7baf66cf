/** What an extension worker writes down about one plant of a visit. */

import { usePhone } from "../phone";
import type { Case } from "../store/case";
import { changeCase } from "../store/delivery";

export function VisitFields({ one }: { one: Case }) {
  const { database, words, changed } = usePhone();
  const keep = (fields: Partial<Pick<Case, "plot" | "note">>): void => {
    void changeCase(database, one.id, fields).then(changed);
  };
  return (
    <section class="card visit-fields">
      <h2>{words.say("For the sheet of the visit")}</h2>
      <label>
        {words.say("Plot")}
        <input value={one.plot} maxLength={60} onChange={({ currentTarget: { value } }) => keep({ plot: value })} />
      </label>
      <label>
        {words.say("Note")}
        <textarea rows={3} maxLength={500} onChange={({ currentTarget: { value } }) => keep({ note: value })}>
          {one.note}
        </textarea>
      </label>
    </section>
  );
}
