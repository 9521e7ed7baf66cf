/** What is wrong, as a name or a question that can be settled at the plant; what to do now; and how sure that is. */

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { conditionOf, type Diagnosis, isOlder, listed, type Named } from "../decision/diagnosis";
import { isName } from "../decision/grades";
import { AdviceCard, Caution, Today } from "../part/advice_card";
import { Candidates, Choose } from "../part/candidates";
import { Beside, Marks, OwnPhoto } from "../part/case_photos";
import { CausesLink, SomethingElse } from "../part/causes_part";
import { DeleteButton } from "../part/delete_button";
import { Credit } from "../part/example";
import { AskExpert, ExpertCard, mayAskExpert } from "../part/expert";
import { Feedback } from "../part/feedback";
import { Before, FollowUp } from "../part/follow_up";
import { asksCrop, asksLeaf, GoOn } from "../part/go_on";
import { GuideLink } from "../part/guide_link";
import { GuideList, useConditions } from "../part/guide_list";
import { Heading } from "../part/heading";
import { Icon } from "../part/icon";
import { Office } from "../part/office";
import { OtherPlants } from "../part/other_plants";
import { Pending, Refusal } from "../part/pending";
import { planOn, Practices } from "../part/practices";
import { Question, questionOf } from "../part/question";
import { ReadAloud, type Said } from "../part/read_aloud";
import { Share } from "../part/share";
import { Standing } from "../part/standing";
import { CaseNotes } from "../part/visit_part";
import { usePhone, useStored } from "../phone";
import { goTo } from "../route";
import { answerOf, type Case, deleteCase } from "../store/case";
import { corrects } from "../store/expert";
import { isOpenTo } from "../store/visit";
import { PROGRAM } from "../text/sentences";
import { hasAdvice } from "../text/texts";

/** Beside photos; whatever else there is to do with an answer is behind the last of them. */
const MOST_CONTROLS = 7;
/** To read aloud, and to all the rest. */
const ALWAYS = 2;
const IN_A_ROW = 3;

export function AnswerScreen({ id }: { id: string }) {
  const { database, words, worker } = usePhone();
  const found = useStored(async () => (await database.get("cases", id)) ?? null, [id]);
  // Of another worker's visit: it shows again when they sign in.
  if (found === undefined || (found !== null && !isOpenTo(found, worker))) return null;
  if (found === null || found.whereabouts === "leaving") return <Heading>{words.say("This answer was deleted")}</Heading>;
  return (
    <>
      <Answer one={found} />
      {found.visit !== null && <a class="button second next" href="#"><Icon name="camera" /> {words.say("Next plant")}</a>}
    </>
  );
}

/** The answer, or what there is to say until it comes. */
function Answer({ one }: { one: Case }) {
  const answer = answerOf(one);
  const kind = answer?.outcome ?? (one.whereabouts === "refused" ? "problem" : "");
  return (
    <>
      <FollowUp one={one} />
      {answer !== null && <ExpertCard one={one} diagnosis={answer} />}
      <section class={`card answer ${kind}`} data-grade={answer?.grade}>
        {answer === null ? <Pending one={one} /> : <Finding one={one} answer={answer} />}
        {/* At one place before and after the answer has come: it would replace what is being written. */}
        {one.visit !== null && <CaseNotes one={one} />}
      </section>
      {one.follows !== undefined && <Before id={one.follows} />}
      {answer === null && <Rest one={one} />}
    </>
  );
}

function Finding({ one, answer }: { one: Case; answer: Diagnosis }) {
  const { words, manifest } = usePhone();
  useEffect(() => void performance.mark("majani-answer"), []);
  const isCorrected = corrects(one.expert, conditionOf(answer)?.id ?? null);
  const asked = questionOf(one, words.texts);
  const named = isName(answer.grade) && one.expert == null;
  const shown = isCorrected ? [] : listed(answer);
  // What an expert confirms, or the person has taken for the right one, stands first.
  const taken = one.expert?.condition ?? one.chosen ?? (answer.grade === "most_likely" || one.verdict === "right" ? conditionOf(answer)?.id : undefined);
  const about = isCorrected ? undefined : (taken ?? shown[0]?.id);
  const others = shown.filter(({ id }) => id !== about);
  const advice = words.texts.advice[about ?? ""];
  const title = words.titleOf(one) ?? { label: "", headline: "" };
  const said: Said = { title, answer, advice, isTaken: taken !== undefined, question: asked?.text ?? "" };
  const verdict = named && asked === null && <Feedback one={one} answer={answer} />;
  const used = ALWAYS + (words.unclear(answer) === "" ? 0 : 1) + (asked === null ? 0 : IN_A_ROW) + (verdict ? IN_A_ROW : 0) + others.length + (asksCrop(answer) ? answer.crops.length + 1 : 0);
  const ways = waysOf(one, answer, { named, isUnclear: words.unclear(answer) !== "" });
  const left = Math.max(0, MOST_CONTROLS - used);
  const opens = ways.findIndex(([name]) => name === "else");
  const unclear = words.unclear(answer);
  const beyond = shown.length > 0 && <SomethingElse answer={answer} opens={opens >= 0 && opens < left} />;
  // What no photo shows may be worse than what this one does, unless that is urgent itself.
  const isBeyondFirst = answer.other_troubles.length > 0 && !planOn(answer, words.texts).urgent;
  const hasCaution = isCorrected || words.cautionOn(answer) !== "";
  const program = answer.outcome !== "retake" && <span class="note" data-said="program">{words.say(PROGRAM)}</span>;
  const compared = useConditions(answer.why === "few_known" || answer.outcome === "unknown_plant" ? (answer.crop?.id ?? answer.crop_hint) : null);
  return (
    <>
      <div class="said">
        <p class="label">{words.lineOf(answer, title)}</p>
        {!isCorrected && <ReadAloud {...said} />}
      </div>
      {unclear !== "" && <p class="complaint" data-said="unclear"><Icon name="warning" /> {unclear}</p>}
      {unclear !== "" && <GoOn one={one} diagnosis={answer} />}
      <Heading>{title.headline}</Heading>
      {about === undefined ? <OwnPhoto one={one} /> : <Beside one={one} condition={about} name={words.nameOf(about)} />}
      {advice !== undefined && <p dir="auto" data-said="sign">{words.sign(advice, answer)}</p>}
      {(answer.grade === null || answer.outcome === "healthy") && <p>{words.explanation(answer, manifest?.crops ?? [])}</p>}
      {answer.outcome === "retake" && <PhotoNotes answer={answer} />}
      {compared.length > 0 && <GuideList conditions={compared} />}
      {answer.outcome === "unknown_plant" && <p>{words.say("Show the plant to your extension officer.")}</p>}
      {asked !== null && <Question one={one} asked={asked} />}
      {asksCrop(answer) && <GoOn one={one} diagnosis={answer} />}
      {named && about !== undefined && advice === undefined && hasAdvice(words.texts) && <p>{words.say("Ask your extension officer.")}</p>}
      {answer.grade === "probably" && <Candidates one={one} conditions={others} />}
      {isBeyondFirst && beyond}
      {taken !== undefined && advice !== undefined ? <Today advice={advice} /> : !isCorrected && <Practices diagnosis={answer} />}
      {hasCaution && <Caution advice={taken === undefined ? undefined : advice}>{program}</Caution>}
      {/* All names of a list stand in the headline already. */}
      {answer.grade !== "probably" && <Candidates one={one} conditions={others} />}
      {!isBeyondFirst && beyond}
      {verdict}
      <div class="ways">{ways.slice(0, left).map(([, way]) => way)}</div>
      {!hasCaution && <p>{program}</p>}
      {one.refusal !== null && <Refusal code={one.refusal} />}
      <Rest one={one} said={said}>
        {named && asked !== null && <Feedback one={one} answer={answer} />}
        {ways.slice(left).map(([, way]) => way)}
        {about !== undefined && <More one={one} said={said} about={about} named={shown.find(({ id }) => id === about)} />}
        {answer.outcome !== "retake" && answer.outcome !== "not_a_plant" && <PhotoNotes answer={answer} />}
        <Credit conditions={[about, ...others.map(({ id }) => id)].flatMap((id) => id ?? [])} />
      </Rest>
    </>
  );
}

type Way = readonly [name: string, way: ComponentChildren];

/** How to go on, most useful first; as many as there is room for lie open. */
function waysOf(one: Case, answer: Diagnosis, { named, isUnclear }: { named: boolean; isUnclear: boolean }): readonly Way[] {
  const isRefused = answer.outcome === "retake" || answer.outcome === "not_a_plant";
  const leaf: readonly Way[] = !isUnclear && (isRefused || asksLeaf(one, answer)) ? [["leaf", <GoOn key="leaf" one={one} diagnosis={answer} />]] : [];
  const expert: readonly Way[] = mayAskExpert(one, answer) ? [["expert", <AskExpert key="expert" one={one} />]] : [];
  const sure: readonly Way[] = [["sure", <HowSure key="sure" one={one} answer={answer} />]];
  const other: readonly Way[] = answer.in_list > 0 ? [["else", null]] : [];
  if (answer.other_troubles.length > 0) return [...other, ...leaf, ...expert, ...sure];
  return named ? [...sure, ...leaf, ...expert, ...other] : [...leaf, ...expert, ...other, ...sure];
}

/** The figure behind the words; none was measured for a reply, nor for answers of older apps. */
function HowSure({ one, answer }: { one: Case; answer: Diagnosis }) {
  const { words } = usePhone();
  if (answer.in_list === 0 || one.chosen != null) return null;
  const isMeasured = one.diagnosis !== null && !isOlder(one.diagnosis) && (one.question?.reply ?? "unsure") === "unsure";
  return (
    <details data-do="sure">
      <summary>{words.say("How sure?")}</summary>
      <p class="confidence">{(isMeasured && words.sure(answer)) || words.say("We have not measured yet how often answers like this are right.")}</p>
      <p>{isName(answer.grade) && words.say("A photo can't prove it. Check the plant before you act.")}</p>
    </details>
  );
}

/** Everything that can be read later about what is named or compared first. */
function More({ one, said, about, named }: { one: Case; said: Said; about: string; named: Named | undefined }) {
  const { words } = usePhone();
  const { answer, advice, isTaken } = said;
  return (
    <>
      {named !== undefined && !isTaken && !isName(answer.grade) && (
        <>
          <h2>{words.conditionName(named)}</h2>
          <Choose one={one} condition={about} label={words.say("It is this one")} />
        </>
      )}
      {advice !== undefined && (
        <>
          <h2>{words.say("How to confirm it")}</h2>
          <p dir="auto">{`${advice.see} ${words.lookAlikes(advice)}`}</p>
          <AdviceCard advice={advice} isChosen={answer.grade !== "most_likely" || one.chosen != null} />
        </>
      )}
      <OtherPlants one={one} diagnosis={answer} />
    </>
  );
}

/** What few need, behind the last control; and where the case is. */
function Rest({ one, said, children }: { one: Case; said?: Said; children?: ComponentChildren }) {
  const { words } = usePhone();
  const answer = said?.answer;
  const isAboutLeaf = answer !== undefined && answer.outcome !== "retake" && answer.outcome !== "not_a_plant";
  return (
    <details class="kept">
      <summary>{words.say("More")} <Standing one={one} /></summary>
      {children}
      {isAboutLeaf && (
        <>
          <GuideLink crop={answer.crop?.id ?? answer.crop_hint} />
          <CausesLink />
          <Office about={words.about(one)} />
          <div class="icons">
            <Share one={one} {...said!} />
            <Marks one={one} />
          </div>
        </>
      )}
      <DeleteCase id={one.id} />
    </details>
  );
}

/** What became of photos that say less than others. */
function PhotoNotes({ answer: { photos } }: { answer: Diagnosis }) {
  const { words } = usePhone();
  const notes = photos.map((photo) => words.photoNotes(photo));
  if (photos.every(({ used }, at) => used && notes[at]?.length === 1)) return null;
  return (
    <>
      <h2>{words.ngettext("Your photo", "Your photos", photos.length)}</h2>
      <ol class="photos">{notes.map((note) => <li>{note.join(" ")}</li>)}</ol>
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
