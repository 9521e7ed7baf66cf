/** Everything that is said, in one language, as the service has it (`GET /v1/texts/{tag}`) and as it is kept here. */

import type { AllEffects, Practice, View } from "../decision/practice";
import type { Asking } from "../decision/question";
import { contentOf, request } from "../request";
import type { Database } from "../store/database";

export interface LanguageEntry {
  readonly tag: string;
  readonly name: string;
  readonly direction: "ltr" | "rtl";
  readonly review?: Review;
}

export interface Name {
  readonly name: string;
  readonly local: readonly string[];
}

export interface Review {
  readonly status: "not_reviewed" | "machine_drafted" | "reviewed";
  readonly by: string | null;
  readonly on: string | null;
}

export interface Advice {
  readonly id: string;
  /** Null for another cause than a disease. */
  readonly crop: string | null;
  readonly name: string;
  /** What tells another cause from a disease, and what to leave; texts from an older service have neither. */
  readonly signs?: readonly string[];
  readonly never?: readonly string[];
  readonly see: string;
  readonly why: string;
  readonly today: readonly string[];
  readonly season: readonly string[];
  readonly next_season: readonly string[];
  readonly call: string;
  readonly spread: string;
  /** Absent in texts from before there were drawings. */
  readonly sign?: string | null;
  readonly product: string;
  readonly confused_with: readonly { readonly id: string; readonly name: string }[];
  readonly review: Review;
  readonly text_review: Review;
  /** English where the advice is not translated yet; absent in texts that an older service sent. */
  readonly text_language?: string;
  /** Texts of questions that tell it from other conditions, by their ids. */
  readonly ask?: Readonly<Record<string, string>>;
  readonly questions?: Asking;
}

/** Who made an example photo and under which licence; has to be shown beside it. */
export interface ExampleSource {
  readonly title: string;
  readonly authors: readonly string[];
  readonly home: string;
  readonly licence: string;
  readonly licence_link: string;
}

export interface Texts {
  readonly language: LanguageEntry;
  readonly names: {
    readonly crops: Readonly<Record<string, Name>>;
    readonly conditions: Readonly<Record<string, Name>>;
    /** What is no disease; texts from an older service have none. */
    readonly causes?: Readonly<Record<string, Name>>;
    readonly parents: Readonly<Record<string, string>>;
  };
  readonly advice: Readonly<Record<string, Advice>>;
  readonly interface: Readonly<Record<string, string>>;
  /** Sentences that an expert may choose; texts from an older service have none. */
  readonly remarks?: Readonly<Record<string, string>>;
  /** What can be done at once, and what it does; texts from an older service have none. */
  readonly practices?: readonly (Practice & { readonly text: string })[];
  readonly views?: Readonly<Record<View, string>>;
  readonly effects?: AllEffects;
  /** Photos of conditions, the same in every language; texts from an older service have none. */
  readonly examples?: {
    readonly photos: Readonly<Record<string, readonly { readonly file: string; readonly source: string }[]>>;
    readonly sources: Readonly<Record<string, ExampleSource>>;
    /** Of all photos together; absent in texts that an older service sent. */
    readonly bytes?: number;
  };
}

/** English speaks for itself: its sentences are the keys. */
export const ENGLISH: Texts = {
  language: { tag: "en", name: "English", direction: "ltr" },
  names: { crops: {}, conditions: {}, parents: {} },
  advice: {},
  interface: {},
};

/** The interface has 20 kB. After a longer wait, the texts on the phone serve the person better. */
const TIMEOUT_MS = 15_000;
/** The advice has up to 90 kB, and nothing that is on the screen waits for it. */
const ADVICE_TIMEOUT_MS = 60_000;
const LANGUAGES_ADDRESS = "/v1/languages";

/** All languages, from the service or as they were last seen; null if they never were. */
export async function readLanguages(database: Database): Promise<readonly LanguageEntry[] | null> {
  const found = await readDocument(database, LANGUAGES_ADDRESS);
  return (found as { languages: LanguageEntry[] } | null)?.languages ?? null;
}

/** The language that a wish means: that one, or a more general one, as the service chooses; `sw` for `sw-KE`. */
export function meantBy(wish: string, languages: readonly LanguageEntry[]): string {
  const subtags = wish.toLowerCase().replaceAll("_", "-").split("-");
  for (let count = subtags.length; count > 0; count--) {
    const wanted = subtags.slice(0, count).join("-");
    const found = languages.find(({ tag }) => tag.toLowerCase() === wanted);
    if (found !== undefined) return found.tag;
  }
  return ENGLISH.language.tag;
}

/**
 * Fetch the current texts of the wished language. The language that the wish means replaces the stored wish.
 *
 * @param wish Used if no wish is stored.
 * @returns Null without a network, or if another language was chosen meanwhile.
 */
export async function freshTexts(database: Database, wish: string): Promise<Texts | null> {
  const wished = async (): Promise<string> => ((await database.get("settings", "language")) as string | undefined) ?? wish;
  const before = await wished();
  const found = (await fetchTexts(database, before)) ?? (await meantTexts(database, before));
  if (found === null || (await wished()) !== before) return null;
  const { tag } = found.language;
  if (tag !== before) await database.put("settings", tag, "language").catch((error: unknown) => console.warn(error));
  return found;
}

/** Find texts if there are none under the wish itself. */
async function meantTexts(database: Database, wish: string): Promise<Texts | null> {
  const languages = await readLanguages(database);
  const tag = languages === null ? wish : meantBy(wish, languages);
  return tag === wish ? null : ((await keptTexts(database, tag)) ?? fetchTexts(database, tag));
}

/** Return the stored texts of a language, without advice if none has arrived yet; null if they were never fetched. */
export async function keptTexts(database: Database, tag: string): Promise<Texts | null> {
  // Apps until 0.2.0 kept all in one.
  const kept = (part: string) => keptDocument(database, addressOf(tag, part)) as Promise<object | null>;
  const [whole, advice, first] = await Promise.all(["", "/advice", "/interface"].map(kept));
  if (whole && advice && first) await database.delete("documents", addressOf(tag)).catch((error: unknown) => console.warn(error));
  return whole || first ? ({ ...ENGLISH, ...whole, ...advice, ...first } as Texts) : null;
}

/** Fetch and store what a first photo needs; with the advice that is stored. Null without a network. */
export async function fetchTexts(database: Database, tag: string): Promise<Texts | null> {
  const first = (await fetchDocument(database, addressOf(tag, "/interface"))) as Partial<Texts> | null;
  return first && { ...ENGLISH, ...(await keptTexts(database, tag)), ...first };
}

/** Fetch and store what is said of conditions; null without a network. */
export async function fetchAdvice(database: Database, tag: string): Promise<Partial<Texts> | null> {
  return (await fetchDocument(database, addressOf(tag, "/advice"), ADVICE_TIMEOUT_MS)) as Partial<Texts> | null;
}

export function hasAdvice({ advice }: Partial<Texts>): boolean {
  return Object.keys(advice ?? {}).length > 0;
}

/** Advice on what is no disease; null if it was never fetched and there is no network. */
export async function readCauses(database: Database, tag: string): Promise<readonly Advice[] | null> {
  const found = await readDocument(database, `/v1/causes?language=${encodeURIComponent(tag)}`);
  return (found as { causes: Advice[] } | null)?.causes ?? null;
}

/** Return the service's current document, or the stored one without a network; null if there is none. */
export async function readDocument(database: Database, address: string): Promise<unknown> {
  return (await fetchDocument(database, address)) ?? (await keptDocument(database, address));
}

function addressOf(tag: string, part = ""): string {
  return `/v1/texts/${encodeURIComponent(tag)}${part}`;
}

async function keptDocument(database: Database, address: string): Promise<unknown> {
  return (await database.get("documents", address))?.content ?? null;
}

async function fetchDocument(database: Database, address: string, timeoutMs = TIMEOUT_MS): Promise<unknown> {
  const kept = await database.get("documents", address);
  try {
    // Use no options the first time, so that the browser can reuse the request that the page has already sent.
    const answer = await request(address, kept?.etag ? { headers: { "If-None-Match": kept.etag } } : {}, timeoutMs);
    if (answer.status === 304) return kept?.content ?? null;
    const content = answer.ok ? await contentOf(answer) : null;
    if (content === null) return null;
    const document = { name: address, etag: answer.headers.get("ETag"), content };
    // The phone may be full.
    await database.put("documents", document).catch((error: unknown) => console.warn(error));
    return content;
  } catch {
    return null;
  }
}
