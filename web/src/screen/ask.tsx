/** The first screen, with one job: photos of one plant, and the question. */

import { useEffect, useRef, useState } from "preact/hooks";
import { downloadBytes } from "../device/bundle";
import { examineHere } from "../device/examine";
import { holdRenewal, holdUntilBack } from "../device/renewal";
import { mayBeOpenedElsewhere, type Shot } from "../device/shot";
import { Heading } from "../part/heading";
import { Camera } from "../part/camera";
import { Consent, readPlace, useConsent } from "../part/consent";
import { CropChoice } from "../part/crop_choice";
import { Icon } from "../part/icon";
import { ShotStrip } from "../part/shot_strip";
import { type Phone, usePhone } from "../phone";
import { MAX_PHOTOS, type NewCase, newCase, type Place } from "../store/case";
import { addPlace, PLACE_PATIENCE_MS } from "../store/delivery";
import { goTo } from "../route";

/** Without an answer, the person waits for the service. The place must not add a long wait. */
const UNANSWERED_PLACE_PATIENCE_MS = 2_000;

export function AskScreen() {
  const phone = usePhone();
  const { words, shots, setShots, crop, setCrop } = phone;
  const [isCameraOpen, openCamera] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [consent, setConsent] = useConsent();
  const taking = useRef<HTMLInputElement>(null);
  const choosing = useRef<HTMLInputElement>(null);
  const complaint = useRef<HTMLParagraphElement>(null);
  const room = MAX_PHOTOS - shots.length;

  // Whatever the person looks at just now, and however small the phone is.
  useEffect(() => complaint.current?.scrollIntoView({ block: "nearest" }), [problem]);

  async function add(sources: readonly Blob[]): Promise<void> {
    const release = holdRenewal();
    setBusy(true);
    setProblem("");
    performance.mark("majani-photo");
    for (const source of sources.slice(0, room)) {
      const shot = await phone.look(source);
      setShots((now) => [...now, shot].slice(0, MAX_PHOTOS));
    }
    setBusy(false);
    release();
  }

  function open(input: HTMLInputElement | null): void {
    if (input === null) return;
    holdUntilBack(input);
    input.click();
  }

  function addFrom(input: HTMLInputElement): void {
    const files = [...(input.files ?? [])];
    // The same photo can be chosen again after it was removed.
    input.value = "";
    void add(files);
  }

  async function ask(): Promise<void> {
    const asked = shots;
    const release = holdRenewal();
    let settle = (): void => {};
    phone.draft.hold(new Promise((done) => (settle = done)));
    setBusy(true);
    setProblem("");
    // Remove the photos now. Otherwise a person who returns from another screen could ask about them again.
    setShots(() => []);
    try {
      const placing = consent.place ? readPlace(asked).catch(() => null) : null;
      const made = await answer(phone, asked, crop);
      const patienceMs = made.diagnosis === null ? UNANSWERED_PLACE_PATIENCE_MS : PLACE_PATIENCE_MS;
      const placeUntil = placing === null ? null : Date.now() + patienceMs;
      const one = newCase({ ...made, keepsPhotos: consent.photos, place: null, placeUntil });
      // A place may take long or never come; the case is safe before.
      await phone.database.put("cases", one);
      void placing?.then((place) => sendWith(place, one.id)).catch((error: unknown) => console.warn(error));
      setCrop(null);
      phone.changed();
      if (one.whereabouts === "waiting") phone.delivery.hurry();
      goTo(`case/${one.id}`);
    } catch (error) {
      console.error(error);
      setShots(() => asked);
      setProblem(words.say("This can't be saved on the phone. It may be full: delete old answers, then ask again."));
    } finally {
      settle();
      setBusy(false);
      release();
    }
  }

  async function sendWith(place: Place | null, id: string): Promise<void> {
    await addPlace(phone.database, id, place);
    phone.changed();
    phone.delivery.hurry();
  }

  return (
    <>
      <Heading>{words.say("What is wrong with this leaf?")}</Heading>
      {phone.visit !== null && (
        <p class="banner">
          <Icon name="visit" /> <a href="#visit">{words.say("This plant belongs to your visit.")}</a>
        </p>
      )}
      <section class="card">
        {shots.length === 0 ? (
          <ul class="hints">
            <li>{words.say("One leaf, filling the picture.")}</li>
            <li>{words.say("In daylight, sharp and close.")}</li>
            <li>
              {words.ngettext("Up to %(count)d photo.", "Up to %(count)d photos, all of the same plant.", MAX_PHOTOS)}
            </li>
          </ul>
        ) : (
          <ShotStrip isBusy={isBusy} onBusy={setBusy} />
        )}
        {room > 0 && (
          <div class={shots.length === 0 ? "takers" : "takers pair"}>
            <button
              type="button"
              class={shots.length === 0 ? "" : "second"}
              data-do="camera"
              disabled={isBusy}
              onClick={() => (phone.hasFinder ? openCamera(true) : open(taking.current))}
            >
              <Icon name="camera" />
              {shots.length === 0 ? words.say("Take a photo") : words.say("Another leaf of this plant")}
            </button>
            <button type="button" class="second" data-do="gallery" disabled={isBusy} onClick={() => open(choosing.current)}>
              <Icon name="images" /> {words.say("Choose from gallery")}
            </button>
          </div>
        )}
        <input
          ref={taking}
          id="take"
          class="unseen"
          type="file"
          accept="image/jpeg,image/png,image/webp"
          capture="environment"
          tabIndex={-1}
          aria-hidden="true"
          onChange={(event) => addFrom(event.currentTarget)}
        />
        <input
          ref={choosing}
          id="choose"
          class="unseen"
          type="file"
          // iPhones turn their own format into JPEG only where the accepted formats are named.
          accept="image/jpeg,image/png,image/webp"
          multiple
          tabIndex={-1}
          aria-hidden="true"
          onChange={(event) => addFrom(event.currentTarget)}
        />
        {shots.length > 0 && (
          <>
            <CropChoice chosen={crop} onChoose={setCrop} />
            <Consent consent={consent} onChange={setConsent} />
            <button type="button" id="ask" disabled={isBusy || !isAskable(shots)} onClick={() => void ask()}>
              {isBusy ? words.say("One moment…") : words.say("What is wrong with it?")}
            </button>
          </>
        )}
        {problem !== "" && (
          <p ref={complaint} class="complaint" role="alert">
            <Icon name="warning" /> {problem}
          </p>
        )}
        <p role="status" class="unseen">
          {isBusy ? words.say("One moment…") : ""}
        </p>
      </section>
      <OfflineNote />
      {isCameraOpen && (
        <Camera
          onPhoto={(photo) => void add([photo])}
          onClose={() => openCamera(false)}
          onFail={() => {
            phone.loseFinder();
            setProblem(words.say("The camera can't be used. Choose photos from the gallery."));
          }}
        />
      )}
    </>
  );
}

/** How far it is with answering without a network, in one line. */
function OfflineNote() {
  const { words, readiness, manifest, prepare } = usePhone();
  if (readiness.kind === "ready") {
    return (
      <p class="note" id="offline" data-state="ready">
        <Icon name="yes" /> {words.say("Works offline.")}
      </p>
    );
  }
  if (readiness.kind === "fetching") {
    const share = words.share(Math.floor(100 * readiness.share) / 100);
    return (
      <p class="note" id="offline" data-state="fetching">
        <Icon name="download" /> {words.say("Downloading for offline use: %(share)s", { share })}
      </p>
    );
  }
  if (readiness.kind === "unsupported") return null;
  return (
    <p class="note" id="offline" data-state="absent">
      <button type="button" class="second" onClick={() => void prepare()}>
        <Icon name="download" />{" "}
        {manifest === null
          ? words.say("Download for offline use")
          : words.say("Download for offline use (%(size)s)", { size: words.megabytes(downloadBytes(manifest)) })}
      </button>
    </p>
  );
}

function isAskable(shots: readonly Shot[]): boolean {
  return shots.some((shot) => shot.pixels !== null || mayBeOpenedElsewhere(shot));
}

/** Answer on this phone if that is possible; otherwise the case waits for the service's answer. */
async function answer(
  phone: Phone,
  shots: readonly Shot[],
  crop: string | null,
): Promise<Omit<NewCase, "keepsPhotos" | "place" | "placeUntil">> {
  const examined = await examineHere(phone.bundle, shots, crop);
  const photos = await Promise.all(
    shots.map(async (shot, at) => ({
      blob: await shot.kept,
      isSent: shot.error === null || mayBeOpenedElsewhere(shot),
      heatmap: examined?.heatmaps[at] ?? null,
    })),
  );
  return { language: phone.words.tag, crop, visit: phone.visit, photos, diagnosis: examined?.diagnosis ?? null };
}
