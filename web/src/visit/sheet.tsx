/** The sheet of a visit, for the farmer and the worker, below the heading of the screen; seen on paper only. */

import type { ComponentChildren } from "preact";
import { conditionOf, listed } from "../decision/diagnosis";
import { helpsOn } from "../part/practices";
import { usePhone } from "../phone";
import { Picture } from "../screen/answers";
import { corrects } from "../store/expert";
import type { Visit } from "../store/visit";
import type { Advice } from "../text/texts";
import type { Wording } from "../text/wording";
import { OTHER } from "./notes";
import type { FetchedPhotos } from "./photos";
import type { Plant } from "./plants";
import { Leaf, SEVERITIES } from "./severity";

interface Props {
  visit: Visit;
  plants: readonly Plant[];
  /** Of the worker, as they want to be called on paper. */
  name: string;
  fetched: FetchedPhotos;
}

export function Sheet({ visit, plants, name, fetched }: Props) {
  const { words } = usePhone();
  return (
    <div class="sheet">
      <dl>
        <Fact name={words.say("Time")}>{words.moment(visit.startedAt)}</Fact>
        <Fact name={words.say("Farmer's name")}>{visit.farmer}</Fact>
        <Fact name={words.say("Extension worker")}>{name}</Fact>
        {visit.lookAgainOn != null && <Fact name={words.say("Look again on")}>{words.day(`${visit.lookAgainOn}T12:00`)}</Fact>}
      </dl>
      {plants.map((plant) => (
        <PlantOnPaper key={plant.entry.id} plant={plant} photo={plant.one?.photos[0]?.blob ?? fetched[plant.entry.id]} />
      ))}
      <p>{words.say("A photo can't prove it. Check the plant before you act.")}</p>
      <div class="signatures">
        <p>{words.say("Signature of the farmer")}</p>
        <p>{words.say("Signature of the extension worker")}</p>
      </div>
    </div>
  );
}

function PlantOnPaper({ plant: { entry, diagnosis, one }, photo }: { plant: Plant; photo: Blob | null | undefined }) {
  const { words } = usePhone();
  const advice = adviceOn({ entry, diagnosis, one }, words.texts.advice);
  const answered = words.texts.names.conditions[entry.answer?.condition ?? ""]?.name;
  const helps = diagnosis === null ? [] : helpsOn(diagnosis, words.texts);
  const severity = SEVERITIES[(entry.severity ?? 0) - 1];
  const crop = entry.crop === null ? "" : words.cropName(entry.crop);
  const title = one === null ? diagnosis && words.title(diagnosis) : words.titleOf(one);
  const sign = diagnosis === null || listed(diagnosis).length === 0 ? undefined : words.texts.advice[listed(diagnosis)[0]?.id ?? ""];
  const heading = [entry.plot && words.say("Plot %(name)s", { name: entry.plot }), crop].filter(Boolean).join(" · ");
  return (
    <article>
      {photo && <Picture blob={photo} of={entry.id} />}
      <h2>{heading || words.say("Plant")}</h2>
      <dl>
        <Fact name={words.say("Majani's answer")}>
          {title === null ? words.say("No answer yet") : [title.label, title.headline].filter(Boolean).join(": ")}
          {diagnosis && sign && ` ${words.sign(sign, diagnosis)}`}
          {diagnosis && words.sure(diagnosis) && ` · ${words.sure(diagnosis)}`}
          {one?.expert && ` · ${words.expert(one.expert, diagnosis)}`}
        </Fact>
        <Fact name={words.say("Worker's finding")}>{findingName(words, entry.finding)}</Fact>
        <Fact name={words.say("Sick of 10 plants")}>{entry.affected_of_ten}</Fact>
        <Fact name={words.say("How bad")}>
          {severity !== undefined && (
            <>
              <Leaf severity={entry.severity ?? 1} /> {words.say(severity)}
            </>
          )}
        </Fact>
        <Fact name={words.say("Note")}>{entry.note}</Fact>
      </dl>
      {advice === undefined && helps.length > 0 && <dl><Fact name={words.say("What to do today")}>{helps.join(" ")}</Fact></dl>}
      {advice !== undefined && (
        <div data-advice={advice.id}>
          <dl>
            {advice.name !== answered && <Fact name={words.say("What to do about it")}>{advice.name}</Fact>}
            <Fact name={words.say("What to do today")}>{advice.today.join(" ")}</Fact>
            <Fact name={words.say("How to confirm it")}>{advice.see}</Fact>
            <Fact name={words.say("This season")}>{advice.season.join(" ")}</Fact>
          </dl>
          <p class="reviews">{words.reviews(advice).join(" ")}</p>
        </div>
      )}
    </article>
  );
}

/** On what the worker found, or else an expert, or else the model or who was asked about it. */
function adviceOn({ entry, diagnosis, one }: Plant, known: Readonly<Record<string, Advice>>): Advice | undefined {
  if (entry.finding !== null) return known[entry.finding];
  const answered = (diagnosis && conditionOf(diagnosis)?.id) ?? null;
  if (corrects(one?.expert, answered)) return known[one?.expert?.condition ?? ""];
  return known[one?.chosen ?? (diagnosis?.grade === "most_likely" ? (answered ?? "") : "")];
}

export function findingName(words: Wording, finding: string | null): string {
  if (finding === null) return "";
  return finding === OTHER ? words.say("something else") : (words.texts.names.conditions[finding]?.name ?? finding);
}

/** Nothing, where there is nothing to say. */
function Fact({ name, children }: { name: string; children?: ComponentChildren }) {
  if (children === undefined || children === null || children === "" || children === false) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd dir="auto">{children}</dd>
    </div>
  );
}
