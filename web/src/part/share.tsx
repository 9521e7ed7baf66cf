/** Shares the answer as a picture with the photo, or as text, through any program that the phone offers. */

import { useState } from "preact/hooks";
import { saveFile } from "../device/save_file";
import { usePhone } from "../phone";
import type { Case } from "../store/case";
import { Icon } from "./icon";
import { type Said, spokenText } from "./read_aloud";

export function Share({ one, ...said }: Said & { one: Case }) {
  const { words, manifest } = usePhone();
  const [told, setTold] = useState("");
  const reviews = said.advice === undefined ? "" : ` ${words.reviews(said.advice)[0]}`;
  const text = `${spokenText(words, said, manifest?.crops ?? [])}${reviews} – Majani, ${words.day(one.createdAt)}`;

  async function sharePicture(): Promise<void> {
    // Few need it, and none at once.
    const { drawAnswer } = await import("../device/answer_picture");
    const picture = await drawAnswer(words, one, said);
    const file = new File([picture], "majani.png", { type: "image/png" });
    const isShared = navigator.canShare?.({ files: [file] }) === true && (await share({ files: [file] }));
    if (!isShared) saveFile(file);
  }

  async function shareText(): Promise<void> {
    if (typeof navigator.share === "function" && (await share({ text }))) return;
    await navigator.clipboard.writeText(text);
    setTold(words.say("Copied"));
  }

  return (
    <>
      <button type="button" class="second" data-do="share-picture" onClick={() => void sharePicture()}>
        <Icon name="share" /> {words.say("Share picture")}
      </button>
      <button type="button" class="second" data-do="share-text" onClick={() => void shareText()}>
        <Icon name="text" /> {words.say("Share text")}
      </button>
      <p role="status" class={told === "" ? "unseen" : ""}>{told}</p>
    </>
  );
}

/** Return false if the phone refuses. A person who closes the list of programs causes no failure. */
async function share(data: ShareData): Promise<boolean> {
  try {
    await navigator.share(data);
    return true;
  } catch (error) {
    return error instanceof DOMException && error.name === "AbortError";
  }
}
