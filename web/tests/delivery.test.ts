/** One case that does not get through is not to keep all others from the service. */

import { afterEach, beforeEach, expect, it, type MockInstance, vi } from "vitest";
import type { Diagnosis } from "../src/decision/diagnosis";
import { addPlace, type Case, changeCase, deleteCase, newCase } from "../src/store/case";
import type { Database } from "../src/store/database";
import { Delivery, PLACE_PATIENCE_MS } from "../src/store/delivery";
import { chooseDistrict } from "../src/store/district";
import { memoryDatabase, memoryLocks } from "./memory";

const ASKED = { language: "sw", crop: null, photos: [], diagnosis: null, keepsPhotos: false, place: null, visit: null };

const PHOTO = { blob: new Blob(["leaf"]), isSent: true, heatmap: null };

let database: Database;
let asked: string[];
let deleted: string[];
let answers: Record<string, (authorization?: string) => Response>;
let planned: MockInstance<typeof setTimeout>;

function away(): Response {
  throw new TypeError("Failed to fetch");
}

function accepted(): Response {
  return Response.json({ id: "a", token: "t", outcome: "uncertain", condition: null });
}

async function whereabouts(): Promise<Record<string, string>> {
  const cases = await database.getAllFromIndex("cases", "when");
  return Object.fromEntries(cases.map((one) => [one.id, one.whereabouts]));
}

beforeEach(async () => {
  database = memoryDatabase();
  asked = [];
  deleted = [];
  for (const [at, id] of ["first", "second", "third"].entries()) {
    await database.put("cases", { ...newCase(ASKED), id, key: id, createdAt: at });
  }
  planned = vi.spyOn(globalThis, "setTimeout");
  vi.stubGlobal("navigator", { onLine: true, locks: memoryLocks() });
  vi.stubGlobal("fetch", async (address: string, { method, headers }: { method: string; headers: Record<string, string> }) => {
    const key = headers["Idempotency-Key"] ?? "";
    if (method === "DELETE") {
      deleted.push(key || address);
      return new Response(null, { status: 204 });
    }
    asked.push(key);
    return (answers[key] ?? accepted)(headers["Authorization"]);
  });
});

afterEach(() => {
  // What still waits for its next attempt would ask in the next test.
  for (const { value } of planned.mock.results) clearTimeout(value as ReturnType<typeof setTimeout>);
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

it("goes on with the others where nobody answers for one", async () => {
  answers = { first: away };
  new Delivery(database, () => {}).hurry();
  await vi.waitFor(async () => expect(await whereabouts()).toEqual({ first: "waiting", second: "sent", third: "sent" }));
  expect(asked).toEqual(["first", "second", "third"]);
});

it("takes two for the network, and begins with others next time", async () => {
  answers = { first: away, second: away };
  const delivery = new Delivery(database, () => {});
  delivery.hurry();
  await vi.waitFor(() => expect(asked.length).toBe(2));
  await new Promise((done) => setTimeout(done, 50));
  expect(asked).toEqual(["first", "second"]);
  delivery.hurry();
  await vi.waitFor(async () => expect(await whereabouts()).toEqual({ first: "waiting", second: "waiting", third: "sent" }));
  expect(asked[2]).toBe("third");
});

it("goes on with the others, and with visits, where the phone cannot write one", async () => {
  answers = {};
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const { transaction } = database;
  database.transaction = ((name: "cases") => {
    const { store, ...rest } = transaction(name, "readwrite");
    const put = (one: Case) =>
      one.id === "first" ? Promise.reject(new DOMException("full", "QuotaExceededError")) : store.put(one);
    return { ...rest, store: { ...store, put } };
  }) as unknown as typeof transaction;
  const exchangeVisits = vi.fn(async () => true);
  new Delivery(database, () => {}, exchangeVisits).hurry();
  await vi.waitFor(() => expect(exchangeVisits).toHaveBeenCalledTimes(2));
  expect(await whereabouts()).toEqual({ first: "waiting", second: "sent", third: "sent" });
});

it("asks for nothing more where the service is busy", async () => {
  answers = { first: () => new Response(null, { status: 503, headers: { "Retry-After": "60" } }) };
  new Delivery(database, () => {}).hurry();
  await vi.waitFor(() => expect(asked.length).toBe(1));
  await new Promise((done) => setTimeout(done, 50));
  expect(asked).toEqual(["first"]);
});

it("tells the service of what was deleted before its answer came, by the key alone", async () => {
  answers = { first: away };
  const delivery = new Delivery(database, () => {});
  delivery.hurry();
  await vi.waitFor(async () => expect((await whereabouts())["third"]).toBe("sent"));
  await database.put("cases", { ...(await database.get("cases", "first"))!, photos: [PHOTO] });
  await deleteCase(database, "first");
  // Where it may be all the same, its photos are no longer here: a full phone could not write them again.
  expect(await database.get("cases", "first")).toMatchObject({ whereabouts: "leaving", photos: [] });
  delivery.hurry();
  await vi.waitFor(async () => expect(await whereabouts()).toEqual({ second: "sent", third: "sent" }));
  expect(deleted).toEqual(["first"]);
  expect(asked).toEqual(["first", "second", "third"]);
});

it("deletes at the service what is deleted while it is being sent", async () => {
  let finish = (): void => {};
  const sending = new Promise<void>((done) => (finish = done));
  answers = { first: (() => sending.then(accepted)) as unknown as () => Response };
  new Delivery(database, () => {}).hurry();
  await vi.waitFor(() => expect(asked).toEqual(["first"]));
  await deleteCase(database, "first");
  finish();
  await vi.waitFor(async () => expect(await whereabouts()).toEqual({ second: "sent", third: "sent" }));
  expect(deleted).toEqual(["/v1/diagnoses/a"]);
});

it("goes on telling until the service has heard it", async () => {
  answers = {};
  await database.put("cases", { ...newCase(ASKED), id: "first", key: "first", createdAt: 0, whereabouts: "leaving" });
  let isDown = true;
  const served = globalThis.fetch;
  vi.stubGlobal("fetch", async (address: string, options: RequestInit) =>
    options.method === "DELETE" && isDown ? new Response("a proxy's page", { status: 502 }) : served(address, options),
  );
  const delivery = new Delivery(database, () => {});
  delivery.hurry();
  await vi.waitFor(async () => expect(await whereabouts()).toEqual({ first: "leaving", second: "sent", third: "sent" }));
  isDown = false;
  delivery.hurry();
  await vi.waitFor(async () => expect(await whereabouts()).toEqual({ second: "sent", third: "sent" }));
  expect(deleted).toEqual(["first"]);
});

it.each([
  ["with the token of who is signed in", false, ["Bearer majani_x"]],
  ["without a token that has ended", true, ["Bearer majani_x", undefined]],
])("sends a case %s", async (_about, hasEnded, shown) => {
  const tokens: (string | undefined)[] = [];
  answers = {
    first: (token) => {
      tokens.push(token);
      return hasEnded && token !== undefined ? Response.json({ code: "token_invalid" }, { status: 401 }) : accepted();
    },
  };
  await database.put("settings", { name: "A", role: "extension", token: "majani_x", expires_at: "2030-01-01", worker: "w" }, "worker");
  new Delivery(database, () => {}).hurry();
  await vi.waitFor(async () => expect((await whereabouts())["first"]).toBe("sent"));
  expect(tokens).toEqual(shown);
});

it("sends a case to the district that it was asked in, without the token of another's worker", async () => {
  const sent: unknown[] = [];
  vi.stubGlobal("fetch", async (_: string, { body, headers }: { body: FormData; headers: Record<string, string> }) => {
    sent.push([body.get("district"), headers["Authorization"]]);
    return accepted();
  });
  await database.put("settings", { name: "B", worker: "b", token: "of-b", district: "busia" }, "worker");
  await database.put("cases", { ...newCase({ ...ASKED, district: "kitui" }), id: "first", key: "first", createdAt: 0 });
  // Asked before the worker's token had a district.
  await database.put("cases", { ...newCase({ ...ASKED, district: null, owner: "b" }), id: "own", key: "own", createdAt: 4 });
  await chooseDistrict(database, "busia");
  new Delivery(database, () => {}).hurry();
  await vi.waitFor(() => expect(sent).toEqual([["kitui", undefined], ["busia", "Bearer of-b"], ["busia", "Bearer of-b"], [null, "Bearer of-b"]]));
});

it("keeps what the service came to beside what it named", async () => {
  answers = {};
  new Delivery(database, () => {}).hurry();
  await vi.waitFor(async () => expect((await database.get("cases", "first"))?.whereabouts).toBe("sent"));
  expect(await database.get("cases", "first")).toMatchObject({ named: null, concluded: "uncertain" });
});

it("waits a moment for the place of a case, while others go", async () => {
  answers = {};
  const first = { ...newCase({ ...ASKED, placeUntil: Date.now() + 5_000 }), id: "first", key: "first", createdAt: 0 };
  await database.put("cases", first);
  const delivery = new Delivery(database, () => {});
  delivery.hurry();
  await vi.waitFor(async () => expect(await whereabouts()).toEqual({ first: "waiting", second: "sent", third: "sent" }));
  expect(asked).toEqual(["second", "third"]);
  await addPlace(database, "first", { latitude: -1.3, longitude: 36.8 });
  delivery.hurry();
  await vi.waitFor(async () => expect((await whereabouts())["first"]).toBe("sent"));
  expect(await database.get("cases", "first")).toMatchObject({ place: { latitude: -1.3, longitude: 36.8 } });
});

it.each([
  ["whose time is over", -1],
  ["if the clock was set back", 2 * PLACE_PATIENCE_MS],
])("waits for no place %s", async (_about, inMs) => {
  answers = {};
  const first = { ...newCase({ ...ASKED, placeUntil: Date.now() + inMs }), id: "first", key: "first", createdAt: 0 };
  await database.put("cases", first);
  new Delivery(database, () => {}).hurry();
  await vi.waitFor(async () => expect((await whereabouts())["first"]).toBe("sent"));
});

it("sends what stops waiting for its place while visits go", async () => {
  answers = {};
  const first = { ...newCase({ ...ASKED, placeUntil: Date.now() + 300 }), id: "first", key: "first", createdAt: 0 };
  await database.put("cases", first);
  const exchangeVisits = vi.fn(async () => {
    while (exchangeVisits.mock.calls.length === 2 && Date.now() < (first.placeUntil ?? 0)) await new Promise((done) => setTimeout(done, 50));
    return true;
  });
  new Delivery(database, () => {}, exchangeVisits).hurry();
  await vi.waitFor(async () => expect((await whereabouts())["first"]).toBe("sent"), { timeout: 5_000 });
}, 10_000);

it("sends by itself, without its place, what has waited long enough for it", async () => {
  answers = {};
  const leftMs = 300;
  const first = { ...newCase({ ...ASKED, placeUntil: Date.now() + leftMs }), id: "first", key: "first", createdAt: 0 };
  await database.put("cases", first);
  new Delivery(database, () => {}).hurry();
  await vi.waitFor(async () => expect((await whereabouts())["first"]).toBe("sent"), { timeout: 20_000 });
  // At once when its time is over, not after the pause of what was tried in vain, which is longer.
  expect(Math.max(...planned.mock.calls.map(([, ms]) => ms ?? 0))).toBeLessThanOrEqual(leftMs);
  // The same bytes under the same key, should it be sent again.
  await addPlace(database, "first", { latitude: -1.3, longitude: 36.8 });
  expect((await database.get("cases", "first"))?.place).toBe(null);
}, 30_000);

it.each([
  ["a proxy's page", () => new Response("<h1>413 Request Entity Too Large</h1>", { status: 413 })],
  ["a proxy's JSON", () => Response.json({ message: "Request size limit exceeded" }, { status: 413 })],
  ["the service itself", () => Response.json({ code: "request_too_large" }, { status: 413 })],
])("ends with what is too large, as %s says, keeps its answer, and sends the others", async (_about, answer) => {
  answers = { first: answer };
  const diagnosis = { outcome: "healthy" } as Diagnosis;
  const first = { ...newCase({ ...ASKED, diagnosis, keepsPhotos: true }), id: "first", key: "first", createdAt: 0 };
  await database.put("cases", first);
  const delivery = new Delivery(database, () => {});
  delivery.hurry();
  await vi.waitFor(async () => expect(await whereabouts()).toEqual({ first: "refused", second: "sent", third: "sent" }));
  expect(await database.get("cases", "first")).toMatchObject({ diagnosis, refusal: "request_too_large" });
  delivery.hurry();
  await new Promise((done) => setTimeout(done, 50));
  expect(asked).toEqual(["first", "second", "third"]);
});

it.each([403, 404, 408, 425, 500, 502, 511])("goes on with what somebody else than the service turned away: %i", async (status) => {
  answers = { first: () => new Response("a proxy's page", { status }) };
  const delivery = new Delivery(database, () => {});
  delivery.hurry();
  await vi.waitFor(async () => expect(await whereabouts()).toEqual({ first: "waiting", second: "sent", third: "sent" }));
  answers = {};
  delivery.hurry();
  await vi.waitFor(async () => expect((await whereabouts())["first"]).toBe("sent"));
});

it("tells the service of a refused case that is deleted, for an earlier try may have arrived", async () => {
  answers = { first: () => new Response("a proxy's page", { status: 413 }) };
  const delivery = new Delivery(database, () => {});
  delivery.hurry();
  await vi.waitFor(async () => expect((await whereabouts())["first"]).toBe("refused"));
  await deleteCase(database, "first");
  delivery.hurry();
  await vi.waitFor(async () => expect(await whereabouts()).toEqual({ second: "sent", third: "sent" }));
  expect(deleted).toEqual(["first"]);
});

it.each([
  ["what was chosen", { chosen: "bean.angular_leaf_spot" }, "bean.angular_leaf_spot"],
  ["a case that was asked anew", { key: "anew" }, "bean.rust"],
])("tells the verdict again, of %s while it was on its way", async (_, changed, again) => {
  answers = {};
  const sent = { verdict: "wrong", chosen: "bean.rust", whereabouts: "sent", receipt: { id: "a", token: "t" } } as const;
  await database.put("cases", { ...newCase(ASKED), id: "first", key: "first", createdAt: 0, ...sent });
  const told: string[] = [];
  const served = globalThis.fetch;
  vi.stubGlobal("fetch", async (address: string, options: RequestInit) => {
    if (!address.endsWith("/feedback")) return served(address, options);
    told.push(JSON.parse(String(options.body)).condition);
    await changeCase(database, "first", changed);
    return Response.json({});
  });
  const delivery = new Delivery(database, () => {});
  delivery.hurry();
  await vi.waitFor(async () => expect((await database.get("cases", "first"))?.isVerdictSent).toBe(true));
  expect(told).toEqual(["bean.rust", again]);
});
