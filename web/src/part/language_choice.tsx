/** The language, on every screen: who cannot read this one does not find it in a menu. */

import { useState } from "preact/hooks";
import { usePhone } from "../phone";
import { Icon } from "./icon";

export function LanguageChoice() {
  const { words, languages, setLanguage } = usePhone();
  const [told, tell] = useState("");

  async function choose(tag: string): Promise<void> {
    tell(words.say("One moment…"));
    tell((await setLanguage(tag)) ? "" : words.say("Go online once to download this language."));
  }

  return (
    <>
      <label class="language">
        <Icon name="globe" />
        <span class="unseen">{words.say("Language")}</span>
        <select value={words.tag} onChange={({ currentTarget: { value } }) => void choose(value)}>
          {languages.map(({ tag, name }) => <option key={tag} value={tag} lang={tag} selected={tag === words.tag}>{name}</option>)}
        </select>
      </label>
      <p role="status">{told}</p>
    </>
  );
}
