/** A visit as CSV: one line for each plant, ids instead of names, so that any program can go on with it. */

import { listed } from "../decision/diagnosis";
import type { Visit } from "../store/visit";
import { dayOf } from "./calendar";
import type { Plant } from "./plants";

type Cell = (plant: Plant, visit: Visit, worker: string) => string | number | null | undefined;

const COLUMNS: Readonly<Record<string, Cell>> = {
  time: ({ entry }) => entry.at,
  visit: (_, visit) => visit.title,
  worker: (_plant, _visit, worker) => worker,
  latitude: ({ one }) => one?.place?.latitude,
  longitude: ({ one }) => one?.place?.longitude,
  plot: ({ entry }) => entry.plot,
  crop: ({ entry }) => entry.crop,
  outcome: ({ diagnosis }) => diagnosis?.outcome,
  condition: ({ entry }) => entry.answer?.condition,
  coarse: ({ entry: { answer } }) => answer?.coarse && [answer.coarse.crop, answer.coarse.parent ?? (answer.coarse.sick ? "sick" : "")].filter(Boolean).join(": "),
  grade: ({ diagnosis }) => diagnosis?.grade,
  // Of a name the probability is its own, else that of the list.
  listed: ({ diagnosis }) => diagnosis && listed(diagnosis).map(({ id }) => id).join(" "),
  probability: ({ entry }) => entry.answer?.probability,
  right_of_ten: ({ entry }) => entry.answer?.right_of_ten,
  finding: ({ entry }) => entry.finding,
  affected_of_ten: ({ entry }) => entry.affected_of_ten,
  severity: ({ entry }) => entry.severity,
  note: ({ entry }) => entry.note,
  model: ({ entry }) => entry.answer?.model_version,
};

/** Named by its title and day. */
export function fileNameOf(visit: Visit, ending: string): string {
  const name = visit.title.replaceAll(/[\p{C}/\\:*?"<>|]/gu, " ").trim();
  return `${name === "" ? "visit" : name} ${dayOf(new Date(visit.startedAt))}.${ending}`;
}

export function csvOf(visit: Visit, worker: string, plants: readonly Plant[]): string {
  const columns = Object.entries(COLUMNS);
  const rows = plants.map((plant) => columns.map(([, cell]) => quoted(String(cell(plant, visit, worker) ?? ""))).join(","));
  // Spreadsheets take a file for UTF-8 only if it begins with this mark.
  return `\ufeff${[Object.keys(COLUMNS).join(","), ...rows].join("\r\n")}\r\n`;
}

function quoted(value: string): string {
  // A spreadsheet would compute what begins like a formula.
  const harmless = /^[=+\-@\t\r]/.test(value) && Number.isNaN(Number(value)) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
