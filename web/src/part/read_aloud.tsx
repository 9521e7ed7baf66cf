/** The answer read aloud, where the phone has a voice for the language. */

import { useEffect, useState } from "preact/hooks";
import { type Diagnosis, listed } from "../decision/diagnosis";
import type { NamedId } from "../decision/manifest";
import { usePhone } from "../phone";
import { PROGRAM, SOMETHING_ELSE } from "../text/sentences";
import type { Advice } from "../text/texts";
import type { Title, Wording } from "../text/wording";
import { Icon } from "./icon";
import { helpsOn, planOn } from "./practices";

export interface Said {
  readonly title: Title;
  readonly answer: Diagnosis;
  /** On what the title names or compares first. */
  readonly advice: Advice | undefined;
  /** Whether that is sure enough, or was chosen, for all that can be done about it. */
  readonly isTaken: boolean;
  /** Empty if there is none to ask. */
  readonly question: string;
}

export function ReadAloud(said: Said) {
  const { words, manifest } = usePhone();
  const voice = useVoice(words.tag);
  const [isSpeaking, setSpeaking] = useState(false);
  useEffect(() => () => globalThis.speechSynthesis?.cancel(), []);
  if (voice === null) return null;

  function speak(): void {
    speechSynthesis.cancel();
    if (isSpeaking) return setSpeaking(false);
    const spoken = new SpeechSynthesisUtterance(spokenText(words, said, manifest?.crops ?? []));
    spoken.voice = voice;
    spoken.lang = voice?.lang ?? words.tag;
    spoken.onend = spoken.onerror = () => setSpeaking(false);
    speechSynthesis.speak(spoken);
    setSpeaking(true);
  }

  return (
    <button type="button" class="second" aria-pressed={isSpeaking} onClick={speak}>
      <Icon name="speaker" /> {words.say("Read aloud")}
    </button>
  );
}

/** The most important parts of the answer, in the order in which a person would say them. */
export function spokenText(words: Wording, { title: { label, headline }, answer, advice, isTaken, question }: Said, crops: readonly NamedId[]): string {
  const { urgent } = planOn(answer, words.texts);
  const today = isTaken ? (advice?.today ?? []) : helpsOn(answer, words.texts);
  const sentences = [
    words.unclear(answer),
    `${label === "" ? headline : `${label}: ${headline}`}${/[.?!।؟]$/u.test(headline) ? "" : "."}`,
    advice === undefined ? "" : words.sign(advice, answer),
    words.explanation(answer, crops),
    question,
    urgent && !isTaken ? words.say("Act today. This may spread within days.") : "",
    ...(today.length === 0 ? [] : [`${words.say("What to do today")}:`, ...today]),
    words.otherTroubles(answer),
    listed(answer).length > 0 ? words.say(SOMETHING_ELSE) : "",
    words.cautionOn(answer, isTaken ? advice : undefined),
    words.say(PROGRAM),
  ];
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
