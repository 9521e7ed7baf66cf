/** What there is to say until an answer comes, or where none can. */

import { useEffect, useState } from "preact/hooks";
import { usePhone } from "../phone";
import type { Case } from "../store/case";
import { OwnPhoto } from "./case_photos";
import { Heading } from "./heading";

/** Longer waits are no longer "one moment". */
const PATIENCE_MS = 15_000;

/** Shown while there is no answer: the phone has no model, and there was no network. */
export function Pending({ one }: { one: Case }) {
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
        <OwnPhoto one={one} />
      </>
    );
  }
  return (
    <div data-state={isLong ? "offline" : "asking"}>
      <Heading>{isLong ? words.say("Your photos will be sent when you are online") : words.say("One moment…")}</Heading>
      {isLong && <p>{words.say("The answer then comes by itself while the app is open.")}</p>}
      <OwnPhoto one={one} />
    </div>
  );
}

/** Why a case could not be sent, what would help, and the code for a helper. */
export function Refusal({ code }: { code: string }) {
  const { words } = usePhone();
  return (
    <>
      <p>{words.remedy(code)}</p>
      <p class="code" data-code={code}>{words.say("Code for support: %(code)s", { code })}</p>
    </>
  );
}
