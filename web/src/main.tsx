/**
 * Start: the language, then the app in place of the page that the service sent, then everything that may take longer.
 *
 * Until this has run, and wherever it cannot run, the service's own page does the work.
 */

import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { App } from "./app";
import { Bundle, keptManifest, type Readiness } from "./device/bundle";
import { fetchExamples } from "./device/examples";
import { hasCamera } from "./device/finder";
import { Renewal } from "./device/renewal";
import { Retry } from "./device/retry";
import { look } from "./device/shot";
import type { Manifest } from "./decision/manifest";
import type { Pixels } from "./decision/quality";
import { type Begun, readPage } from "./page";
import { type Phone, PhoneContext } from "./phone";
import { AwayError } from "./request";
import { changeCase } from "./store/case";
import { type Database, openDatabase, succeeds } from "./store/database";
import { Delivery } from "./store/delivery";
import { keepLinkedDistrict } from "./store/district";
import { Draft } from "./store/draft";
import { fetchPlace } from "./store/office";
import { readWork, signedIn, whyEnded, type Work } from "./store/worker";
import { ENGLISH, fetchAdvice, fetchTexts, freshTexts, hasAdvice, keptTexts, type LanguageEntry, readCauses, readLanguages, type Texts } from "./text/texts";
import { Wording } from "./text/wording";
import { useUnasked } from "./unasked";
import "./style.css";

const PLAIN = "/?plain=1";

interface Beginning extends Work {
  readonly database: Database;
  readonly tag: string;
  readonly texts: Texts;
  readonly manifest: Manifest | null;
  readonly begun: Begun;
  readonly draft: Draft;
}

/** What the app is built on; a browser without it has the service's page, which needs none of it. */
function isModern(): boolean {
  return (
    isSecureContext &&
    "randomUUID" in crypto &&
    "timeout" in AbortSignal &&
    "at" in Array.prototype &&
    "ListFormat" in Intl &&
    "HTMLDialogElement" in window
  );
}

async function begin(): Promise<void> {
  if (!isModern()) throw new Error("this browser is too old, or the address is not a secure one");
  const database = await openDatabase();
  await keepLinkedDistrict(database);
  const tag = await chooseLanguage(database);
  const texts = (await keptTexts(database, tag)) ?? (tag === "en" ? null : await freshTexts(database, tag)) ?? ENGLISH;
  const manifest = await keptManifest(database);
  const work = await readWork(database);
  const draft = new Draft(database);
  await draft.takeUp().catch((error: unknown) => console.warn(error));
  const root = document.createElement("div");
  root.id = "app";
  render(<Root {...{ database, tag, texts, manifest, ...work, begun: readPage(), draft }} />, root);
  document.body.replaceChildren(root);
  performance.mark("majani-app");
  whenQuiet(() => void navigator.storage?.persist?.());
}

function Root(beginning: Beginning) {
  const { database, draft } = beginning;
  const [texts, setTexts] = useState(beginning.texts);
  const [words, setWords] = useState(() => new Wording(beginning.texts));
  const wish = useRef("");
  const [languages, setLanguages] = useState<readonly LanguageEntry[]>([beginning.texts.language]);
  const [readiness, setReadiness] = useState<Readiness>({ kind: beginning.manifest === null ? "absent" : "ready" });
  const [opensOffline, setOpensOffline] = useState(Boolean(navigator.serviceWorker?.controller));
  const [manifest, setManifest] = useState(beginning.manifest);
  const [worker, setWorker] = useState(beginning.worker);
  const [ended, setEnded] = useState(beginning.ended);
  const [visit, setVisit] = useState(beginning.visit);
  const { takeOver, ...unasked } = useUnasked(draft, beginning.begun, { visit, worker });
  const [isUnsaved, setUnsaved] = useState(false);
  const [changes, setChanges] = useState(0);
  const [tabs] = useState(() => new BroadcastChannel("majani"));
  const changedHere = (): void => setChanges((now) => now + 1);
  function changed(): void {
    changedHere();
    tabs.postMessage(null);
  }
  const [hasFinder, setFinder] = useState(hasCamera);
  const [bundle] = useState(() => new Bundle(database, setReadiness));
  const [delivery] = useState(() => new Delivery(database, changed, exchangeVisits));
  const [renewal] = useState(() => new Renewal(() => bundle.suitsNewestApp()));
  const [retry] = useState(() => new Retry(() => navigator.onLine && void prepare()));

  useEffect(() => {
    setWords(new Wording(texts));
    const { tag, direction } = texts.language;
    document.documentElement.lang = tag;
    document.documentElement.dir = direction;
    document.title = "Majani";
  }, [texts]);

  useEffect(() => {
    takeOver((file) => phone.look(file));
    if (!IS_DEMO) delivery.start();
    // Another tab of the app has changed something.
    tabs.onmessage = async () => {
      const work = await readWork(database);
      setWorker(work.worker);
      setEnded(work.ended);
      setVisit(work.visit);
      changedHere();
    };
    whenQuiet(() => {
      void settle();
      navigator.serviceWorker
        ?.register(IS_DEMO ? "./sw.js" : "/app/sw.js", { scope: IS_DEMO ? "./" : "/" })
        .then((registration) => renewal.start(registration))
        .catch((error: unknown) => console.warn(error));
    });
    const onOnline = (): void => void settle();
    addEventListener("online", onOnline);
    void navigator.serviceWorker?.ready.then(() => setOpensOffline(true));
    return () => removeEventListener("online", onOnline);
  }, []);

  /**
   * Fetch what may be new at the service, the smallest first. This runs long after the page was drawn. Read from the
   * database what may have changed since, such as the signed-in worker.
   */
  async function settle(): Promise<void> {
    setManifest((await keptManifest(database)) ?? (await bundle.newestManifest()));
    // Its files can be gone, or be those of an older app.
    if ((await bundle.answering()) === null) setReadiness((now) => (now.kind === "ready" ? { kind: "absent" } : now));
    const fresh = await freshTexts(database, beginning.tag);
    if (fresh !== null) setTexts(fresh);
    setLanguages((await readLanguages(database)) ?? [ENGLISH.language]);
    await fetchPlace(database);
    changedHere();
    const why = await whyEnded(database);
    if (why !== null) {
      await phone.setVisit(null);
      await phone.setWorker(null, why);
    }
    await advise(document.documentElement.lang);
    // Megabytes may cost money: the person decides once, except where the phone says that they cost none.
    const isAllowed = isUnmetered() || (await bundle.answering()) !== null || (await database.get("settings", "offline")) === true;
    if (!retry.isBarred && isAllowed) await prepare();
  }

  /** Fetch what answers need and a first photo does not; whether it has arrived. */
  async function advise(tag: string): Promise<boolean> {
    const advice = await fetchAdvice(database, tag);
    // Another language may have been chosen meanwhile.
    if (advice !== null) setTexts((now) => (now.language.tag === tag ? { ...now, ...advice } : now));
    return advice !== null;
  }

  async function prepare(): Promise<void> {
    try {
      await bundle.update();
      const tag = document.documentElement.lang;
      const isAdvised = hasAdvice((await keptTexts(database, tag)) ?? ENGLISH) || (await advise(tag));
      if (!isAdvised) throw new AwayError("the advice");
      retry.reset();
      setManifest((await keptManifest(database)) ?? (await bundle.newestManifest()));
      // An answer needs none of them: what does not arrive is fetched at the next start.
      await readCauses(database, tag);
      const kept = await keptTexts(database, tag);
      await fetchExamples(kept ?? texts).catch((error: unknown) => console.warn(error));
    } catch (error) {
      // What has arrived is kept, and the rest is fetched later.
      console.warn(error);
      if ((await bundle.answering()) === null) setReadiness({ kind: "absent" });
      retry.after(error);
    }
  }

  /** Only workers have visits, so that others need not load what handles them. */
  async function exchangeVisits(): Promise<boolean> {
    if ((await signedIn(database)) === undefined) return true;
    const visits = await import("./visit");
    const known = await visits.knownWorker(database);
    if (known !== null) setWorker(known);
    const isDone = await visits.exchange(database, changed);
    const open = (await readWork(database)).visit;
    const visit = open === null ? null : await database.get("visits", open);
    // Plants would go on being added to a visit that is no more.
    if (open !== null && (visit == null || visit.refusals?.[""] === "visit_deleted")) await phone.setVisit(null);
    return isDone;
  }

  /** Start a prediction early. The app asks for its result later, and notices a failure then. */
  function foresee(pixels: Pixels): void {
    bundle
      .answering()
      .then((answering) => answering?.network.predict(pixels))
      .catch(() => {});
  }

  async function keep(name: string, value: unknown): Promise<void> {
    const kept = value === null ? database.delete("settings", name) : database.put("settings", value, name);
    // On a full phone it holds until the app ends.
    await kept.catch((error: unknown) => console.warn(error));
  }

  const unready: Readiness = "serviceWorker" in navigator ? { kind: "fetching", share: 1 } : { kind: "unsupported" };
  const phone: Phone = {
    database,
    bundle,
    delivery,
    words,
    languages,
    // It also has to open without a network, and to say what to do.
    readiness: readiness.kind === "ready" && !(opensOffline && hasAdvice(texts)) ? unready : readiness,
    manifest,
    worker,
    ended,
    visit,
    changes,
    draft,
    ...unasked,
    hasFinder,
    loseFinder: () => setFinder(false),
    async look(source, cut, takenAt) {
      const shot = await look(source, manifest?.rules.quality, foresee, cut, takenAt);
      return { ...shot, of: visit === null ? null : { visit, owner: worker?.worker ?? null } };
    },
    renew: settle,
    prepare() {
      retry.reset();
      void database.put("settings", true, "offline").catch((error: unknown) => console.warn(error));
      return prepare();
    },
    changed,
    async stored(writing) {
      const isStored = await succeeds(writing);
      setUnsaved(!isStored);
      if (isStored) changed();
      return isStored;
    },
    async tell(id, fields) {
      if (await phone.stored(changeCase(database, id, fields))) delivery.hurry();
    },
    isUnsaved,
    async setLanguage(tag) {
      wish.current = tag;
      const first = (await keptTexts(database, tag)) ?? (await fetchTexts(database, tag));
      // A phone that answers without a network has to be able to advise in that language too.
      const advice = first && readiness.kind === "ready" && !hasAdvice(first) ? await fetchAdvice(database, tag) : {};
      // Another language was chosen while this one was on its way.
      if (wish.current !== tag) return true;
      if (first === null || advice === null) return false;
      await keep("language", tag);
      setTexts({ ...first, ...advice });
      if (readiness.kind === "ready") void readCauses(database, tag);
      else void advise(tag);
      // So that the service's own pages speak it too.
      if (!IS_DEMO) void fetch(`${PLAIN}&language=${tag}`).catch(() => {});
      return true;
    },
    async setWorker(found, why) {
      await keep("worker", found);
      await keep("ended", why ?? null);
      setWorker(found);
      setEnded(why ?? null);
      // Of another district, perhaps.
      void settle();
      changed();
      delivery.hurry();
    },
    async setVisit(id) {
      await keep("visit", id);
      setVisit(id);
      changed();
    },
  };
  return (
    <PhoneContext.Provider value={phone}>
      <App />
    </PhoneContext.Provider>
  );
}

/** Choose the language by the address, then the earlier choice, then the service's page, then the phone's setting. */
async function chooseLanguage(database: Database): Promise<string> {
  const asked = new URLSearchParams(location.search).get("language");
  const kept = (await database.get("settings", "language")) as string | undefined;
  // The shell for use without a network has no language.
  const tag = asked ?? kept ?? (document.documentElement.lang || (navigator.language.split("-")[0] ?? "en"));
  // Remove the language from the address once it is stored, or it would overrule a later choice.
  if (asked !== null) history.replaceState(null, "", location.pathname + location.hash);
  if (tag !== kept) await database.put("settings", tag, "language").catch((error: unknown) => console.warn(error));
  return tag;
}

function isUnmetered(): boolean {
  const { connection } = navigator as { connection?: { saveData?: boolean; type?: string } };
  return connection?.saveData !== true && ["wifi", "ethernet"].includes(connection?.type ?? "");
}

/** Run work after the first screen is shown and reacts to touch. */
function whenQuiet(work: () => void): void {
  if ("requestIdleCallback" in window) requestIdleCallback(work, { timeout: 3_000 });
  else setTimeout(work, 500);
}

begin().catch((error: unknown) => {
  console.error("the page goes on without the app", error);
  // Without a network there is no page to go on with.
  if (document.querySelector("form") === null) {
    const link = document.createElement("a");
    link.href = PLAIN;
    link.textContent = "Majani";
    document.body.replaceChildren(link);
  }
});
