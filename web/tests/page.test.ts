/** What the app takes over from the service's page. */

import { expect, it } from "vitest";
import { inTurn } from "../src/page";

it("looks at one photo after the other, whatever becomes of each", async () => {
  const seen: string[] = [];
  const take = inTurn(async (name: string) => {
    seen.push(`${name} begins`);
    await new Promise((done) => setTimeout(done, name === "first" ? 20 : 1));
    if (name === "second") throw new Error("broken");
    seen.push(`${name} is there`);
  });
  for (const name of ["first", "second", "third"]) take(name);
  await new Promise((done) => setTimeout(done, 100));
  expect(seen).toEqual(["first begins", "first is there", "second begins", "third begins", "third is there"]);
});
