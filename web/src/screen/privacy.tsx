/** What is kept where, for how long, and how to delete it, in sentences that can be read aloud. */

import { Heading } from "../part/heading";
import { usePhone, useStored } from "../phone";
import { readDocument } from "../text/texts";

/** For how long the service keeps what, unless its operator says otherwise; an older one does not say it of visits. */
const USUAL = { diagnosis_days: 90, photo_days: 1095, visit_days: 366 };
type Retention = typeof USUAL;

export function PrivacyScreen() {
  const { words } = usePhone();
  return (
    <>
      <Heading>{words.say("Privacy: what we keep, where, and how to delete it")}</Heading>
      <section class="card">
        <h2>{words.say("On this phone")}</h2>
        <ul>
          <li>{words.say("Your photos and answers. Only you see them.")}</li>
          <li>{words.say("They stay until you delete them, or clear the browser's data.")}</li>
        </ul>
        {!IS_DEMO && <AtService />}
      </section>
    </>
  );
}

function AtService() {
  const { database, words } = usePhone();
  const retention = useStored(() => readDocument(database, "/v1/retention") as Promise<Partial<Retention> | null>);
  const time = (what: keyof Retention) => ({ time: words.duration(retention?.[what] ?? USUAL[what]) });
  return (
    <>
      <h2>{words.say("On our server")}</h2>
      <ul>
        <li>{words.say("Nothing, if this phone has answered by itself and you have not allowed us to keep your photos.")}</li>
        {retention !== undefined && (
          <>
            <li>{words.say("If the service had to answer: the answer, for %(time)s. No name, no telephone number, no address.", time("diagnosis_days"))}</li>
            <li>{words.say("If you allowed it: your photos, for %(time)s, for experts to see and to improve Majani.", time("photo_days"))}</li>
            <li>{words.say("If you allowed that too: roughly where they were taken, to about 11 km.")}</li>
            <li>{words.say("From extension workers: their visits, with the farmer's name and notes, for %(time)s. Supervisors see no farmer's name.", time("visit_days"))}</li>
          </>
        )}
      </ul>
      <h2>{words.say("How to delete it")}</h2>
      <p>
        {words.say("Open an answer, tap its last line and delete it there: the service deletes it too, with its photos, as soon as the app is open and there is a network.")}{" "}
        {words.say("Our backups, and copies for training, may keep them longer.")}
      </p>
      <p>{words.say("An extension worker can delete a visit; its answers stay.")}</p>
      <p>{words.say("If you lose this phone or clear its data, we can't tell which photos were yours.")}</p>
    </>
  );
}
