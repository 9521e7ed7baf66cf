/** Whether other plants have it too, what that means, and the day to look again. */

import { useState } from "preact/hooks";
import { type Diagnosis, isHealthy, listed } from "../decision/diagnosis";
import { saveFile } from "../device/save_file";
import { usePhone } from "../phone";
import type { Case } from "../store/case";
import { changeCase } from "../store/case";
import { sentence } from "../text/sentences";
import { CausesLink } from "./causes_part";
import { Choices } from "./choices";
import { planOn } from "./practices";

const LOOKED_AT = 3;
const COUNTS: Readonly<Record<string, string>> = { 0: "0", 1: "1", 2: "2", 3: "3" };
const SHOW_IT = sentence("%(affected)d of %(looked)d plants show it.");

/** Only where it can change what to do: all or none of three are clear, anything between needs three more. */
export function OtherPlants({ one, diagnosis }: { one: Case; diagnosis: Diagnosis }) {
  const { database, words, stored } = usePhone();
  const [first, setFirst] = useState<number | null>(null);
  const [leading] = listed(diagnosis);
  if (leading === undefined || isHealthy(leading) || diagnosis.why === "another_crop") return null;
  const { plants } = one;

  function count(affected: number): void {
    if (first === null && affected > 0 && affected < LOOKED_AT) return setFirst(affected);
    const counted = { looked: first === null ? LOOKED_AT : 2 * LOOKED_AT, affected: affected + (first ?? 0) };
    setFirst(null);
    void stored(changeCase(database, one.id, { plants: counted }));
  }

  const taken = first === null && plants?.looked === LOOKED_AT ? String(plants.affected) : null;
  return (
    <details data-do="other-plants" open={plants !== undefined}>
      <summary>{words.say("Look at other plants too")}</summary>
      <p>
        {first !== null && words.say(SHOW_IT, { affected: first, looked: LOOKED_AT })}{" "}
        {words.say("Look at 3 other plants, far from each other. How many of them show it?")}
      </p>
      <Choices what="affected" of={COUNTS} taken={taken} onTake={(affected) => count(Number(affected))} />
      <div role="status">{plants !== undefined && first === null && <Meaning {...plants} />}</div>
      <LookAgain one={one} diagnosis={diagnosis} />
    </details>
  );
}

/** Causes that do not pass from plant to plant hurt many at once (`data/advice/other_causes.yaml`). */
function Meaning({ looked, affected }: NonNullable<Case["plants"]>) {
  const { words } = usePhone();
  const isMany = 2 * affected >= looked;
  return (
    <>
      <p data-plants={isMany ? "many" : "few"}>
        <strong>{words.say(SHOW_IT, { affected, looked })}</strong>{" "}
        {isMany
          ? words.say("That is many. Show it to your extension officer before you pull out or cut plants.")
          : words.say("That is few or none. Do what is advised today, at each plant that shows it.")}
      </p>
      {isMany && <CausesLink />}
    </>
  );
}

function LookAgain({ one, diagnosis }: { one: Case; diagnosis: Diagnosis }) {
  const { words } = usePhone();
  const isFast = planOn(diagnosis, words.texts).urgent || words.texts.advice[diagnosis.ranked[0]?.id ?? ""]?.spread === "days";
  const title = isFast ? words.say("Look again in 3 days") : words.say("Look again in a week");

  async function save(): Promise<void> {
    const { calendarOf, dayAfter } = await import("../visit/calendar");
    const summary = words.say("Look again: %(title)s", { title: words.titleOf(one)?.headline ?? "" });
    const event = calendarOf(one.id, dayAfter(isFast ? 3 : 7), summary, `${location.origin}/#case/${one.id}`);
    saveFile(new File([event], "majani.ics", { type: "text/calendar" }));
  }

  return <button type="button" class="second" data-do="look-again" onClick={() => void save()}>{title}</button>;
}
