// Ask until an answer arrives, show it, judge it, delete it: docs/api.md. With Node 20.
import { openAsBlob } from "node:fs";

const api = "http://localhost:8000/v1";
const form = new FormData();
form.append("photo", await openAsBlob("leaf.jpg"), "leaf.jpg");
form.append("crop", "potato");
const headers = { "Idempotency-Key": crypto.randomUUID(), "Accept-Language": "sw" };
const wait = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));

let answer;
for (;;) {
  answer = await fetch(`${api}/diagnoses`, { method: "POST", body: form, headers }).catch(() => null);
  if (answer && ![429, 503].includes(answer.status)) break;
  await wait(Number(answer?.headers.get("Retry-After") ?? 5));
}
if (answer.status !== 201) throw new Error((await answer.json()).code);
const diagnosis = await answer.json();
const { title, lines, steps, caution } = diagnosis.display;
console.log(diagnosis.grade, title);
console.log([...lines, ...steps, caution ?? ""].join("\n"));

const own = `${api}/diagnoses/${diagnosis.id}`;
const token = { Authorization: `Bearer ${diagnosis.token}` };
console.log((await (await fetch(own, { headers: token })).json()).created_at);
const body = JSON.stringify({ verdict: "right" });
await fetch(`${own}/feedback`, { method: "PUT", body, headers: { ...token, "Content-Type": "application/json" } });
await fetch(own, { method: "DELETE", headers: token });
