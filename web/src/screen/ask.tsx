/** The first screen, with one job: photos of one plant, its crop, and the question. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type Diagnosis, NOTHING_SAID } from "../decision/diagnosis";
import { holdRenewal, holdUntilBack } from "../device/renewal";
import { isAmong, mayBeOpenedElsewhere, type Shot } from "../device/shot";
import { Heading } from "../part/heading";
import { Consent, NOTHING, readPlace } from "../part/consent";
import { CropChoice, DONT_KNOW, isLearned, NOT_HERE, NotHere, rememberCrop } from "../part/crop_choice";
import { Icon } from "../part/icon";
import { later } from "../part/later";
import { Details, Intro } from "../part/intro";
import { OfflineNote } from "../part/offline_note";
import { Samples } from "../part/samples";
import { ShotStrip } from "../part/shot_strip";
import { UNSAVED } from "../part/unsaved";
import { type Phone, usePhone } from "../phone";
import { addPlace, type Case, MAX_PHOTOS, type NewCase, newCase, type Place } from "../store/case";
import { PLACE_PATIENCE_MS } from "../store/delivery";
import { districtOf } from "../store/district";
import { goTo } from "../route";

/** No first photo needs it. */
const examining = () => import("../device/examine");
const Camera = later(async () => (await import("../part/camera")).Camera);

/** Without an answer, the person waits for the service. The place must not add a long wait. */
const UNANSWERED_PLACE_PATIENCE_MS = 2_000;

/**
 * @param opensCamera Whether the person came to take another photo.
 * @param follows Id of the case whose leaf they came to photograph again, or empty.
 */
export function AskScreen({ opensCamera, follows }: { opensCamera: boolean; follows: string }) {
  const phone = usePhone();
  const { words, shots, setShots, crop, setCrop } = phone;
  const [isCameraOpen, openCamera] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [before, setBefore] = useState<Case | undefined>();
  const [consent, setConsent] = useState(NOTHING);
  const taking = useRef<HTMLInputElement>(null);
  const choosing = useRef<HTMLInputElement>(null);
  const complaint = useRef<HTMLParagraphElement>(null);
  // If none is of use, the next photo takes their place.
  const kept = shots.some(isUsable) ? shots : [];
  const room = MAX_PHOTOS - kept.length;
  const isUnclear = kept.length === 0 && shots.some(({ pixels }) => pixels !== null);

  // The next photos are of another plant.
  useEffect(() => {
    if (shots.length === 0 && !isBusy) setConsent(NOTHING);
  }, [shots.length, isBusy]);

  // Whatever the person looks at just now, and however small the phone is.
  useEffect(() => complaint.current?.scrollIntoView({ block: "nearest" }), [problem]);

  useEffect(() => Camera.prepare(), []);

  useEffect(() => {
    if (shots.length > 0) examining().catch(() => {});
  }, [shots.length > 0]);

  useEffect(() => {
    if (!opensCamera && follows === "") return;
    // Going back later must not open it again.
    history.replaceState(null, "", location.pathname + location.search);
    if (opensCamera) return take();
    void phone.database.get("cases", follows).then((found) => {
      setBefore(found);
      setCrop(found?.crop ?? DONT_KNOW);
      take();
    });
  }, [opensCamera, follows]);

  function take(): void {
    if (phone.hasFinder) openCamera(true);
    else open(taking.current);
  }

  async function add(sources: readonly Blob[]): Promise<void> {
    const release = holdRenewal();
    setBusy(true);
    setProblem("");
    performance.mark("majani-photo");
    setShots(() => kept);
    const follows = before?.id ?? shots[0]?.follows;
    const present = kept.map((shot) => shot.source);
    try {
      for (const source of sources.slice(0, room)) {
        const shot = (await isAmong(source, present)) ? null : await phone.look(source);
        // What came back from an earlier question is no longer the file that it was made of.
        if (shot === null || (present.length > 0 && (await isAmong(await shot.kept, present)))) {
          setProblem(words.say("This photo is here already."));
          continue;
        }
        present.push(source);
        setShots((now) => [...now, { ...shot, follows }].slice(0, MAX_PHOTOS));
      }
      setBefore(undefined);
      if (sources.length > room) {
        const facts = { count: sources.length - room, limit: MAX_PHOTOS };
        setProblem(words.say("Photos left out: %(count)d. One plant has at most %(limit)d.", facts));
      }
    } catch (error) {
      // The file may be gone since it was chosen.
      console.warn(error);
      setProblem(words.remedy("photo_unreadable"));
    } finally {
      setBusy(false);
      release();
    }
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
    if (crop === null && phone.manifest !== null) {
      setProblem(words.say("Choose the crop first."));
      document.querySelector(".crops")?.scrollIntoView();
      return;
    }
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
      const made = await answer(phone, asked, crop ?? DONT_KNOW, isUnclear);
      if (made.diagnosis?.outcome === "retake") {
        // This is no answer: the case goes on with better photos.
        const { photos } = made.diagnosis;
        setShots(() => asked.map((shot, at) => ({ ...shot, retake: photos[at]?.retake ?? [] })));
        return;
      }
      const patienceMs = made.diagnosis === null ? UNANSWERED_PLACE_PATIENCE_MS : PLACE_PATIENCE_MS;
      const placeUntil = placing === null ? null : Date.now() + patienceMs;
      // Nobody has to see what is no leaf.
      const keepsPhotos = consent.photos && made.diagnosis?.outcome !== "not_a_plant";
      const follows = asked.find((shot) => shot.follows)?.follows;
      // That button said "Send to experts".
      const asking = !isKnown && keepsPhotos && { wantsExpert: true, askedAt: Date.now() };
      const one = { ...newCase({ ...made, keepsPhotos, place: null, placeUntil, follows }), ...asking };
      // A place may take long or never come; the case is safe before.
      await phone.database.put("cases", one);
      void placing?.then((place) => sendWith(place, one.id)).catch((error: unknown) => console.warn(error));
      if (crop !== null && crop !== DONT_KNOW && crop !== NOT_HERE) {
        await rememberCrop(phone.database, crop).catch((error: unknown) => console.warn(error));
      }
      setCrop(null);
      phone.changed();
      if (one.whereabouts === "waiting") phone.delivery.hurry();
      goTo(`case/${one.id}`);
    } catch (error) {
      console.error(error);
      setShots(() => asked);
      setProblem(words.say(UNSAVED));
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

  const isKnown = isLearned(crop, phone.manifest);
  const toExperts = consent.photos ? words.say("Send to experts") : words.say("Keep on this phone");
  return (
    <>
      {/* Once there are photos, the crops need its place, and the button below asks the same. */}
      <Heading class={shots.length > 0 ? "unseen" : ""}>{words.say("What is wrong with this leaf?")}</Heading>
      {phone.visit !== null && (
        <p class="banner"><Icon name="visit" /> <a href="#visit">{words.say("This plant belongs to your visit.")}</a></p>
      )}
      {shots.length === 0 && <Intro />}
      {IS_DEMO && shots.length === 0 && <Samples onTake={(sample, photo) => void add([photo]).then(() => setCrop(sample))} />}
      <section class="card">
        {shots.length > 0 && <ShotStrip isBusy={isBusy} onBusy={setBusy} />}
        {room > 0 && (
          <div class={shots.length === 0 ? "takers" : "takers pair"}>
            <button type="button" class={kept.length === 0 ? "" : "second"} data-do="camera" disabled={isBusy} onClick={take}>
              <Icon name="camera" />
              {shots.length === 0
                ? words.say("Take a photo")
                : kept.length === 0 ? words.say("Take a better photo") : words.say("Another leaf of this plant")}
            </button>
            <button type="button" class="second" data-do="gallery" disabled={isBusy} onClick={() => open(choosing.current)}>
              <Icon name="images" /> {words.say("Choose from gallery")}
            </button>
          </div>
        )}
        {[taking, choosing].map((input) => (
          <input
            ref={input}
            id={input === taking ? "take" : "choose"}
            class="unseen"
            type="file"
            // iPhones turn their own format into JPEG only where the accepted formats are named.
            accept="image/jpeg,image/png,image/webp"
            {...(input === taking ? { capture: "environment" } : { multiple: true })}
            tabIndex={-1}
            aria-hidden="true"
            onChange={(event) => addFrom(event.currentTarget)}
            onCancel={() => setBefore(undefined)}
          />
        ))}
        <p role="status" class="unseen">{isBusy ? words.say("One moment…") : ""}</p>
      </section>
      {shots.length > 0 && (
        <section class="card">
          <CropChoice chosen={crop} onChoose={setCrop} />
          {!isKnown && <NotHere crop={crop === NOT_HERE ? null : crop} />}
          <Consent consent={consent} onChange={setConsent} />
        </section>
      )}
      {shots.length === 0 && <Details />}
      <OfflineNote />
      {(shots.length > 0 || problem !== "") && (
        <div class="ask-bar">
          {problem !== "" && <p ref={complaint} class="complaint" role="alert"><Icon name="warning" /> {problem}</p>}
          {shots.length > 0 && (
            <button type="button" id="ask" class={isUnclear ? "second" : ""} disabled={isBusy || (kept.length === 0 && !isUnclear) || (IS_DEMO && phone.readiness.kind !== "ready")} onClick={() => void ask()}>
              <Icon name={isKnown ? "question" : consent.photos ? "sent" : "phone"} />
              {isBusy ? words.say("One moment…") : !isKnown ? toExperts : isUnclear ? words.say("Ask all the same") : words.say("What is wrong with it?")}
            </button>
          )}
        </div>
      )}
      {isCameraOpen && (
        <Camera
          ghost={before?.photos[0]?.blob ?? null}
          onPhoto={(photo) => void add([photo])}
          onGallery={() => {
            openCamera(false);
            open(choosing.current);
          }}
          onClose={() => {
            openCamera(false);
            setBefore(undefined);
          }}
          onFail={() => {
            phone.loseFinder();
            setProblem(words.say("The camera can't be used. Choose photos from the gallery."));
          }}
        />
      )}
    </>
  );
}

function isUsable(shot: Shot): boolean {
  return (shot.pixels !== null && shot.retake.length === 0) || mayBeOpenedElsewhere(shot);
}

/** The answer where the person says that none of the known crops is theirs. */
function notKnown({ manifest }: Phone, shots: readonly Shot[], crop: string | null): Diagnosis {
  return {
    outcome: "unknown_plant",
    ...NOTHING_SAID,
    photos: shots.map(({ retake, error }) => ({ used: error === null && retake.length === 0, retake, error })),
    crop_hint: crop,
    model_version: manifest?.version ?? "",
  };
}

async function examine({ bundle }: Phone, shots: readonly Shot[], crop: string | null, isUnclear: boolean) {
  const { examineAllTheSame, examineHere } = await examining();
  return (isUnclear ? examineAllTheSame : examineHere)(bundle, shots, crop);
}

/** Answer on this phone if that is possible; otherwise the case waits for the service's answer. */
async function answer(
  phone: Phone,
  shots: readonly Shot[],
  chosen: string,
  isUnclear: boolean,
): Promise<Omit<NewCase, "keepsPhotos" | "place" | "placeUntil" | "follows">> {
  const isKnown = isLearned(chosen, phone.manifest);
  const named = chosen === DONT_KNOW || chosen === NOT_HERE ? null : chosen;
  const examined = isKnown && (await phone.bundle.answering()) !== null ? await examine(phone, shots, named, isUnclear) : null;
  const photos = await Promise.all(
    shots.map(async (shot, at) => ({
      blob: await shot.kept,
      isSent: shot.error === null || mayBeOpenedElsewhere(shot),
      heatmap: examined?.heatmaps[at] ?? null,
      takenAt: shot.takenAt,
    })),
  );
  const visit = phone.visit ?? shots[0]?.of?.visit ?? null;
  const owner = visit === null ? null : (phone.worker?.worker ?? null);
  const district = await districtOf(phone.database);
  return { language: phone.words.tag, crop: named, district, visit, owner, photos, diagnosis: isKnown ? (examined?.diagnosis ?? null) : notKnown(phone, shots, named) };
}
