/** Which language is spoken, and who is signed in, also after it has changed meanwhile. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Database } from "../src/store/database";
import { findWorker, whyEnded } from "../src/store/worker";
import { ENGLISH, fetchAdvice, fetchTexts, freshTexts, keptTexts, meantBy } from "../src/text/texts";
import { memoryDatabase } from "./memory";

const LANGUAGES = ["en", "sw", "pt", "zh-Hant"].map((tag) => ({ tag, name: tag, direction: "ltr" as const }));

let database: Database;
let meanwhile: () => Promise<unknown>;

/** A service that speaks these languages and knows the token `good`. */
async function serve(address: string, options: RequestInit = {}): Promise<Response> {
  await meanwhile();
  if (address === "/v1/languages") return Response.json({ languages: LANGUAGES });
  if (address === "/v1/access") {
    const token = (options.headers as Record<string, string>)["Authorization"]?.replace("Bearer ", "");
    // A service of 0.1.0 gives no reason.
    const errors = token === "expired" ? { token: [token] } : undefined;
    return token === "good" ? Response.json({ name: "x" }) : Response.json({ code: "token_invalid", errors }, { status: 401 });
  }
  const [, wanted, part] = /^\/v1\/texts\/([^/]+)\/(.+)$/.exec(address) ?? [];
  const language = LANGUAGES.find(({ tag }) => tag === wanted);
  if (language === undefined) return Response.json({ code: "not_found" }, { status: 404 });
  return Response.json(part === "advice" ? { advice: { new: {} } } : { language, names: {}, interface: { new: "" } });
}

async function spoken(): Promise<unknown> {
  return database.get("settings", "language");
}

beforeEach(() => {
  database = memoryDatabase();
  meanwhile = async () => {};
  vi.stubGlobal("fetch", serve);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

it.each([
  ["sw", "sw"],
  ["sw-KE", "sw"],
  ["pt_BR", "pt"],
  ["ZH-hant-TW", "zh-Hant"],
  ["xx", "en"],
  ["en-GB", "en"],
])("means by %s the language %s", (wish, tag) => {
  expect(meantBy(wish, LANGUAGES)).toBe(tag);
});

describe("texts", () => {
  it.each([
    ["sw-KE", "sw"],
    ["xx", "en"],
  ])("for %s are those of %s, which is kept", async (wish, tag) => {
    await database.put("settings", wish, "language");
    expect((await freshTexts(database, "en"))?.language.tag).toBe(tag);
    expect(await spoken()).toBe(tag);
  });

  it("are found without a network too, where they were fetched before", async () => {
    await freshTexts(database, "sw-KE");
    await database.put("settings", "sw-KE", "language");
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    expect((await freshTexts(database, "en"))?.language.tag).toBe("sw");
  });

  it("are there on a full phone too", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    database.put = () => Promise.reject(new DOMException("full", "QuotaExceededError"));
    expect((await fetchTexts(database, "sw"))?.language.tag).toBe("sw");
  });

  it("of an app that kept all in one are shown until both parts have arrived", async () => {
    const whole = { ...ENGLISH, language: LANGUAGES[1], advice: { old: {} }, interface: { old: "" } };
    await database.put("documents", { name: "/v1/texts/sw", etag: null, content: whole });
    expect(await keptTexts(database, "sw")).toEqual(whole);
    const first = await fetchTexts(database, "sw");
    expect([Object.keys(first?.interface ?? {}), Object.keys(first?.advice ?? {})]).toEqual([["new"], ["old"]]);
    await fetchAdvice(database, "sw");
    expect(Object.keys((await keptTexts(database, "sw"))?.advice ?? {})).toEqual(["new"]);
    expect(await database.get("documents", "/v1/texts/sw")).toBeUndefined();
    expect(Object.keys((await keptTexts(database, "sw"))?.advice ?? {})).toEqual(["new"]);
  });

  it("of a wish are still wished for where nobody can be asked", async () => {
    await database.put("settings", "sw-KE", "language");
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    expect(await freshTexts(database, "en")).toBeNull();
    expect(await spoken()).toBe("sw-KE");
  });

  it("that arrive late do not take the place of a language that was chosen meanwhile", async () => {
    await database.put("settings", "sw", "language");
    meanwhile = () => database.put("settings", "pt", "language");
    expect(await freshTexts(database, "en")).toBeNull();
    expect(await spoken()).toBe("pt");
  });
});

describe("who is signed in", () => {
  const worker = { name: "x", role: "extension", expires_at: "2027-01-01" };

  it.each([
    ["good", null],
    ["revoked", "unknown"],
    ["expired", "expired"],
  ])("with a token that is %s", async (token, why) => {
    await database.put("settings", { ...worker, token }, "worker");
    expect(await whyEnded(database)).toBe(why);
  });

  it("nobody, with letters that browsers do not send", async () => {
    vi.stubGlobal("fetch", async (_address: string, { headers }: RequestInit) => new Response(String(new Headers(headers))));
    expect(await findWorker("majani_ы")).toBe("unknown");
  });

  it("stays, if somebody else was signed in before", async () => {
    await database.put("settings", { ...worker, token: "revoked" }, "worker");
    meanwhile = () => database.put("settings", { ...worker, token: "good" }, "worker");
    expect(await whyEnded(database)).toBeNull();
  });
});
