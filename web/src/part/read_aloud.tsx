/** The answer read aloud, where the phone has a voice for the language. */

import { useEffect, useState } from "preact/hooks";
import type { Diagnosis } from "../decision/diagnosis";
import { OUTCOMES_WITH_CAUTION } from "../decision/diagnosis";
import type { NamedId } from "../decision/manifest";
import { usePhone } from "../phone";
import { blindSpots } from "../text/blind_spots";
import type { Advice } from "../text/texts";
import type { Wording } from "../text/wording";
import { Icon } from "./icon";
import { planOn } from "./practices";

interface Props {
  diagnosis: Diagnosis;
  advice: Advice | undefined;
  /** Said last. */
  question: string;
}

export function ReadAloud({ diagnosis, advice, question }: Props) {
  const { words, manifest } = usePhone();
  const voice = useVoice(words.tag);
  const [isSpeaking, setSpeaking] = useState(false);
  useEffect(() => () => globalThis.speechSynthesis?.cancel(), []);
  if (voice === null) return null;

  function speak(): void {
    speechSynthesis.cancel();
    if (isSpeaking) return setSpeaking(false);
    const text = `${spokenText(words, diagnosis, advice, manifest?.crops ?? [])} ${question}`;
    const said = new SpeechSynthesisUtterance(text);
    said.voice = voice;
    said.lang = voice?.lang ?? words.tag;
    said.onend = said.onerror = () => setSpeaking(false);
    speechSynthesis.speak(said);
    setSpeaking(true);
  }

  return (
    <button type="button" class="second" aria-pressed={isSpeaking} onClick={speak}>
      <Icon name="speaker" /> {words.say("Read aloud")}
    </button>
  );
}

/** The most important parts of the answer, in the order in which a person would say them. */
export function spokenText(
  words: Wording,
  diagnosis: Diagnosis,
  advice: Advice | undefined,
  crops: readonly NamedId[],
): string {
  const sentences = [`${words.label(diagnosis)}: ${words.headline(diagnosis)}.`];
  sentences.push(words.trust(diagnosis), blindSpots(words, diagnosis), diagnosis.condition === null ? words.explanation(diagnosis, crops) : "", words.program());
  const { practices, urgent } = planOn(diagnosis, words.texts);
  if (urgent) sentences.push(words.say("Act today. This may spread within days."));
  if (practices.length > 0) {
    const helps = practices.map(({ id }) => words.texts.practices?.find((one) => one.id === id)?.text ?? "");
    sentences.push(`${words.say("Whichever it is, do this today")}:`, ...helps);
  }
  if (diagnosis.condition === null && (diagnosis.coarse ?? diagnosis.one_of ?? null) !== null) sentences.push(words.somethingElse());
  if (OUTCOMES_WITH_CAUTION.includes(diagnosis.outcome)) sentences.push(words.caution(advice));
  if (advice !== undefined) sentences.push(`${words.say("What to do today")}:`, ...advice.today);
  return sentences.filter(Boolean).join(" ");
}

function useVoice(tag: string): SpeechSynthesisVoice | null {
  const [voice, setVoice] = useState<SpeechSynthesisVoice | null>(null);
  useEffect(() => {
    const synthesis = globalThis.speechSynthesis;
    if (synthesis === undefined) return;
    const choose = (): void => {
      const fitting = synthesis.getVoices().filter((one) => one.lang.toLowerCase().split(/[-_]/)[0] === tag.split("-")[0]);
      // Other voices need a network, and send the text to their makers.
      setVoice(fitting.find((one) => one.localService) ?? null);
    };
    choose();
    synthesis.addEventListener?.("voiceschanged", choose);
    return () => synthesis.removeEventListener?.("voiceschanged", choose);
  }, [tag]);
  return voice;
}
