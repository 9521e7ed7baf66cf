/**
 * Start: the language, then the app in place of the page that the service sent, then everything that may take longer.
 *
 * Until this has run, and wherever it cannot run, the service's own page does the work.
 */

import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { App } from "./app";
import { Bundle, type Readiness } from "./device/bundle";
import { look } from "./device/shot";
import type { Shot } from "./device/shot";
import type { Manifest } from "./decision/manifest";
import type { Pixels } from "./decision/quality";
import { type Phone, PhoneContext, type Worker } from "./phone";
import { type Database, openDatabase } from "./store/database";
import { Delivery } from "./store/delivery";
import { MAX_PHOTOS } from "./store/case";
import { ENGLISH, fetchTexts, keptTexts, type LanguageEntry, readLanguages, type Texts } from "./text/texts";
import { Wording } from "./text/wording";
import "./style.css";

interface Beginning {
  readonly database: Database;
  readonly texts: Texts;
  readonly worker: Worker | null;
  readonly visit: string | null;
  readonly files: readonly File[];
}

async function begin(): Promise<void> {
  const database = await openDatabase();
  const tag = ((await database.get("settings", "language")) as string | undefined) ?? pageLanguage();
  const texts = (await keptTexts(database, tag)) ?? (tag === "en" ? null : await fetchTexts(database, tag)) ?? ENGLISH;
  // The shell that opens without a network is in no language.
  await database.put("settings", tag, "language");
  const worker = ((await database.get("settings", "worker")) as Worker | undefined) ?? null;
  const visit = ((await database.get("settings", "visit")) as string | undefined) ?? null;
  const root = document.createElement("div");
  root.id = "app";
  const beginning: Beginning = { database, texts, worker, visit, files: filesOfPage() };
  render(<Root {...beginning} />, root);
  document.body.replaceChildren(root);
  performance.mark("majani-app");
  whenQuiet(() => {
    void navigator.storage?.persist?.();
    void navigator.serviceWorker?.register("/app/sw.js", { scope: "/" }).catch((error: unknown) => console.warn(error));
  });
}

function Root({ database, texts: firstTexts, worker: firstWorker, visit: firstVisit, files }: Beginning) {
  const [texts, setTexts] = useState(firstTexts);
  const [languages, setLanguages] = useState<readonly LanguageEntry[]>([firstTexts.language]);
  const [readiness, setReadiness] = useState<Readiness>({ kind: "absent" });
  const [manifest, setManifest] = useState<Manifest | null>(null);
  const [worker, setWorker] = useState(firstWorker);
  const [visit, setVisit] = useState(firstVisit);
  const [shots, setShots] = useState<readonly Shot[]>([]);
  const [changes, setChanges] = useState(0);
  const [words, setWords] = useState(() => new Wording(firstTexts));
  const changed = (): void => setChanges((now) => now + 1);
  const [bundle] = useState(() => new Bundle(database, setReadiness));
  const [delivery] = useState(() => new Delivery(database, changed));

  useEffect(() => {
    setWords(new Wording(texts));
    const { tag, direction } = texts.language;
    document.documentElement.lang = tag;
    document.documentElement.dir = direction;
    document.title = "Majani";
  }, [texts]);

  useEffect(() => {
    void Promise.all(files.map((file) => phone.look(file))).then(setShots);
    delivery.start();
    whenQuiet(() => void settle());
    const onOnline = (): void => void settle();
    addEventListener("online", onOnline);
    return () => removeEventListener("online", onOnline);
  }, []);

  /** Everything that the service may have anew, the smallest first. */
  async function settle(): Promise<void> {
    await bundle.answering();
    const known = await bundle.manifest();
    if (known !== null) setManifest(known);
    setLanguages(await readLanguages(database));
    const fresh = await fetchTexts(database, texts.language.tag);
    if (fresh !== null) setTexts((now) => (now.language.tag === fresh.language.tag ? fresh : now));
    // Whoever saves data decides when to fetch megabytes.
    const isSaving = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
    if (!isSaving || (await bundle.answering()) !== null) await prepare();
  }

  async function prepare(): Promise<void> {
    try {
      await bundle.update();
    } catch (error) {
      // What has arrived is kept; the next start or the next network goes on.
      console.warn(error);
      if ((await bundle.answering()) === null) setReadiness({ kind: "absent" });
    }
  }

  /** What comes out is asked for later; that it goes wrong is noticed then. */
  function foresee(pixels: Pixels): void {
    bundle
      .answering()
      .then((answering) => answering?.network.predict(pixels))
      .catch(() => {});
  }

  const phone: Phone = {
    database,
    bundle,
    delivery,
    words,
    languages,
    readiness,
    manifest,
    worker,
    visit,
    changes,
    shots,
    setShots,
    look: (source, crop) => look(source, manifest?.rules.quality, foresee, crop),
    prepare,
    changed,
    async setLanguage(tag) {
      const found = (await fetchTexts(database, tag)) ?? (await keptTexts(database, tag)) ?? (tag === "en" ? ENGLISH : null);
      if (found === null) return false;
      await database.put("settings", tag, "language");
      setTexts(found);
      // So that the service's own pages speak it too.
      void fetch(`/?plain=1&language=${tag}`).catch(() => {});
      return true;
    },
    async setWorker(found) {
      if (found === null) await database.delete("settings", "worker");
      else await database.put("settings", found, "worker");
      setWorker(found);
    },
    async setVisit(id) {
      if (id === null) await database.delete("settings", "visit");
      else await database.put("settings", id, "visit");
      setVisit(id);
    },
  };
  return (
    <PhoneContext.Provider value={phone}>
      <App />
    </PhoneContext.Provider>
  );
}

/** What was chosen in the service's form before the app arrived. */
function filesOfPage(): File[] {
  const inputs = document.querySelectorAll<HTMLInputElement>("form input[type=file]");
  return [...inputs].flatMap((input) => [...(input.files ?? [])]).slice(0, MAX_PHOTOS);
}

/** In which the service answered; the app's own shell is in none and takes the phone's. */
function pageLanguage(): string {
  const { lang } = document.documentElement;
  return lang !== "" ? lang : (navigator.language.split("-")[0] ?? "en");
}

/** After the first screen is there and answers to fingers. */
function whenQuiet(work: () => void): void {
  if ("requestIdleCallback" in window) requestIdleCallback(work, { timeout: 3_000 });
  else setTimeout(work, 500);
}

begin().catch((error: unknown) => console.error("the page goes on without the app", error));
