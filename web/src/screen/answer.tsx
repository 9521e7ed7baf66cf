/** What is wrong, how sure that is, where it was seen, what to do now; or an honest "not sure". */

import { useEffect, useState } from "preact/hooks";
import { cropsShown, listed, type Diagnosis, OUTCOMES_WITH_ADVICE, OUTCOMES_WITH_CAUTION } from "../decision/diagnosis";
import { Heading } from "../part/heading";
import { AdviceCard, Caution, Confirm, Print, Today } from "../part/advice_card";
import { Candidates } from "../part/candidates";
import { Marks, OwnPhoto } from "../part/case_photos";
import { DeleteButton } from "../part/delete_button";
import { AskExpert, ExpertCard } from "../part/expert";
import { Feedback } from "../part/feedback";
import { Before, FollowUp } from "../part/follow_up";
import { GoOn } from "../part/go_on";
import { Icon } from "../part/icon";
import { OtherPlants } from "../part/other_plants";
import { Practices } from "../part/practices";
import { Question, questionOf, spokenQuestion } from "../part/question";
import { ReadAloud } from "../part/read_aloud";
import { Share } from "../part/share";
import { Standing } from "../part/standing";
import { CaseNotes } from "../part/visit_part";
import { usePhone, useStored } from "../phone";
import { goTo } from "../route";
import { type Case, deleteCase } from "../store/case";
import { corrects } from "../store/expert";
import { isOpenTo } from "../store/visit";
import type { Advice } from "../text/texts";

/** Fewer leaves look like the toss of a coin, which a lower bound is not. */
const MIN_LEAVES = 7;
/** Longer waits are no longer "one moment". */
const PATIENCE_MS = 15_000;

export function AnswerScreen({ id }: { id: string }) {
  const { database, words, worker } = usePhone();
  const found = useStored(async () => (await database.get("cases", id)) ?? null, [id]);
  // Of another worker's visit: it shows again when they sign in.
  if (found === undefined || (found !== null && !isOpenTo(found, worker))) return null;
  if (found === null || found.whereabouts === "leaving") {
    return (
      <>
        <Heading>{words.say("This answer was deleted")}</Heading>
        <Next />
      </>
    );
  }
  return (
    <>
      <Answer one={found} />
      <details class="card kept">
        <summary>
          <Standing one={found} />
        </summary>
        <DeleteCase id={id} />
      </details>
      {found.diagnosis !== null && found.refusal !== null && <Refusal code={found.refusal} />}
      <Next />
    </>
  );
}

/** The answer, or what there is to say until it comes. */
function Answer({ one }: { one: Case }) {
  const { words } = usePhone();
  const { diagnosis } = one;
  const isCorrected = corrects(one.expert, diagnosis?.condition?.id ?? null);
  const hasAdvice = diagnosis !== null && !isCorrected && OUTCOMES_WITH_ADVICE.includes(diagnosis.outcome);
  const advice = hasAdvice ? words.texts.advice[diagnosis.condition?.id ?? ""] : undefined;
  const kind = diagnosis?.outcome ?? (one.whereabouts === "refused" ? "problem" : "");
  return (
    <>
      <FollowUp one={one} />
      {diagnosis !== null && <ExpertCard one={one} diagnosis={diagnosis} />}
      <section class={`card answer ${kind}`}>
        {diagnosis === null ? <Pending one={one} /> : <Finding {...{ one, diagnosis, advice, isCorrected }} />}
        {/* At one place before and after the answer has come: it would replace what is being written. */}
        {one.visit !== null && <CaseNotes one={one} />}
        {diagnosis === null ? (
          <OwnPhoto one={one} />
        ) : (
          <Details {...{ one, diagnosis, advice, isCorrected }} />
        )}
      </section>
      {one.follows !== undefined && <Before id={one.follows} />}
      {advice !== undefined && <AdviceCard advice={advice} prints={false} />}
      {diagnosis !== null && diagnosis.condition !== null && <Judged {...{ one, diagnosis, isCorrected }} />}
      {diagnosis !== null && !isCorrected && <OtherPlants one={one} diagnosis={diagnosis} />}
    </>
  );
}

interface FoundProps {
  one: Case;
  diagnosis: Diagnosis;
  advice: Advice | undefined;
  /** By an expert. */
  isCorrected: boolean;
}

function Finding({ one, diagnosis, advice, isCorrected }: FoundProps) {
  const { words, manifest, worker } = usePhone();
  const forWorker = worker === null ? null : (diagnosis.for_workers ?? null);
  useEffect(() => void performance.mark("majani-answer"), []);
  const trust = isCorrected ? "" : words.trust(diagnosis);
  const right = diagnosis.confidence?.right_of_ten ?? 0;
  // That of an unsure answer about one plant stands with the button for other leaves.
  const explanation = (diagnosis.outcome !== "uncertain" || cropsShown(diagnosis).length > 1) && one.expert?.condition == null;
  return (
    <>
      {/* Else it stands beside the only leaf that it is compared with. */}
      {advice === undefined && listed(diagnosis).length !== 1 && <OwnPhoto one={one} />}
      {diagnosis.one_of == null && <p class="label">{words.label(diagnosis)}</p>}
      <Heading>{forWorker === null ? words.headline(diagnosis) : words.conditionName(forWorker)}</Heading>
      {right >= MIN_LEAVES && !isCorrected && <TenLeaves right={right} />}
      <p>
        {trust !== "" && <strong class="confidence">{trust} </strong>}
        {explanation && `${words.explanation(diagnosis, manifest?.crops ?? [])} `}
        {diagnosis.outcome !== "retake" && <span data-said="program">{words.program()}</span>}
      </p>
    </>
  );
}

function Details({ one, diagnosis, advice, isCorrected }: FoundProps) {
  const { words } = usePhone();
  const question = questionOf(one, diagnosis, words.texts);
  const isNamed = diagnosis.condition !== null;
  const candidates = (
    <Candidates
      one={one}
      diagnosis={diagnosis}
      likelier={question?.likelier ?? null}
      unlikelier={question?.reply === "no" ? question.condition : null}
    />
  );
  const isAboutLeaf = diagnosis.outcome !== "retake" && diagnosis.outcome !== "not_a_plant";
  return (
    <>
      {!isNamed && !isCorrected && candidates}
      {!isCorrected && <Practices diagnosis={diagnosis} />}
      {(isCorrected || OUTCOMES_WITH_CAUTION.includes(diagnosis.outcome)) && <Caution advice={advice} />}
      {one.expert == null && <Question one={one} diagnosis={diagnosis} />}
      {diagnosis.outcome === "unknown_plant" && <p>{words.say("Show the plant to your extension officer.")}</p>}
      {advice !== undefined && (
        <>
          <Today advice={advice} />
          <Confirm one={one} advice={advice} />
        </>
      )}
      {diagnosis.outcome !== "not_a_plant" && <PhotoNotes diagnosis={diagnosis} />}
      {!isNamed && (
        <div class="ways">
          <GoOn one={one} diagnosis={diagnosis} />
          <AskExpert one={one} diagnosis={diagnosis} />
        </div>
      )}
      <div class="icons">
        {!isCorrected && <ReadAloud diagnosis={diagnosis} advice={advice} question={spokenQuestion(one, diagnosis, words)} />}
        {isAboutLeaf && !isCorrected && <Share one={one} diagnosis={diagnosis} advice={advice} />}
        <Marks one={one} />
        {advice !== undefined && <Print advice={advice} />}
      </div>
    </>
  );
}

/** What became of photos that say less than others. */
function PhotoNotes({ diagnosis: { photos } }: { diagnosis: Diagnosis }) {
  const { words } = usePhone();
  const notes = photos.map((photo) => words.photoNotes(photo));
  if (photos.every(({ used }, at) => used && notes[at]?.length === 1)) return null;
  return (
    <>
      <h2>{words.ngettext("Your photo", "Your photos", photos.length)}</h2>
      <ol class="photos">
        {notes.map((note) => (
          <li>{note.join(" ")}</li>
        ))}
      </ol>
    </>
  );
}

/** Whether it was right; if it was not, what else it may be and whom to ask, at the same place. */
function Judged({ one, diagnosis, isCorrected }: Omit<FoundProps, "advice">) {
  return (
    <section class="card kept">
      <Feedback one={one} />
      {one.verdict === "wrong" && !isCorrected && <Candidates one={one} diagnosis={diagnosis} likelier={null} unlikelier={null} />}
      <AskExpert one={one} diagnosis={diagnosis} />
    </section>
  );
}

/** Of ten leaves like this one, so many were right: the sentence as a picture. */
function TenLeaves({ right }: { right: number }) {
  return (
    <span class="ten" aria-hidden="true">
      {Array.from({ length: 10 }, (_, at) => (
        <span class={at < right ? "right" : ""}>
          <Icon name="leaf" />
        </span>
      ))}
    </span>
  );
}

/** Shown while there is no answer: the phone has no model, and there was no network. */
function Pending({ one }: { one: Case }) {
  const { words } = usePhone();
  const [isLong, setLong] = useState(!navigator.onLine);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  if (one.whereabouts === "refused") {
    return (
      <>
        <p class="label">{words.say("No answer")}</p>
        <Heading>{words.say("Please try again")}</Heading>
        <Refusal code={one.refusal ?? ""} />
      </>
    );
  }
  return (
    <div data-state={isLong ? "offline" : "asking"}>
      <Heading>{isLong ? words.say("Your photos will be sent when you are online") : words.say("One moment…")}</Heading>
      {isLong && <p>{words.say("The answer then comes by itself while the app is open.")}</p>}
    </div>
  );
}

/** Why a case could not be sent, what would help, and the code for a helper. */
function Refusal({ code }: { code: string }) {
  const { words } = usePhone();
  return (
    <>
      <p>{words.remedy(code)}</p>
      <p class="code" data-code={code}>{words.say("Code for support: %(code)s", { code })}</p>
    </>
  );
}

function DeleteCase({ id }: { id: string }) {
  const { database, delivery, words, changed } = usePhone();
  async function remove(): Promise<void> {
    await deleteCase(database, id);
    changed();
    delivery.hurry();
    goTo("answers");
  }
  return <DeleteButton label={words.say("Delete this answer and everything kept with it")} remove={() => void remove()} />;
}

function Next() {
  const { words, visit } = usePhone();
  return (
    <a class="button next" href="#">
      <Icon name="camera" /> {visit === null ? words.say("Ask about a leaf") : words.say("Next plant")}
    </a>
  );
}
