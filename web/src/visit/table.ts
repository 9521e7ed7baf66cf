/** A visit as CSV: one line for each plant, ids instead of names, so that any program can go on with it. */

import { listed } from "../decision/diagnosis";
import type { Visit } from "../store/visit";
import { dayOf } from "./calendar";
import type { Plant } from "./plants";

const COLUMNS = [
  "time",
  "visit",
  "worker",
  "latitude",
  "longitude",
  "plot",
  "crop",
  "outcome",
  "condition",
  "coarse",
  "grade",
  "listed",
  "probability",
  "right_of_ten",
  "finding",
  "affected_of_ten",
  "severity",
  "note",
  "model",
] as const;
type Row = Record<(typeof COLUMNS)[number], string>;

/** Named by its title and day. */
export function fileNameOf(visit: Visit, ending: string): string {
  const name = visit.title.replaceAll(/[\p{C}/\\:*?"<>|]/gu, " ").trim();
  return `${name === "" ? "visit" : name} ${dayOf(new Date(visit.startedAt))}.${ending}`;
}

export function csvOf(visit: Visit, worker: string, plants: readonly Plant[]): string {
  const rows = plants.map((plant) => rowOf(visit, worker, plant)).map((row) => COLUMNS.map((column) => quoted(row[column])).join(","));
  // Spreadsheets take a file for UTF-8 only if it begins with this mark.
  return `\ufeff${[COLUMNS.join(","), ...rows].join("\r\n")}\r\n`;
}

function rowOf(visit: Visit, worker: string, { entry, diagnosis, one }: Plant): Row {
  const { condition = null, coarse = null } = entry.answer ?? {};
  return {
    time: entry.at,
    visit: visit.title,
    worker,
    latitude: String(one?.place?.latitude ?? ""),
    longitude: String(one?.place?.longitude ?? ""),
    plot: entry.plot,
    crop: entry.crop ?? "",
    outcome: diagnosis?.outcome ?? "",
    condition: condition ?? "",
    coarse: coarse === null ? "" : [coarse.crop, coarse.parent ?? (coarse.sick ? "sick" : "")].filter(Boolean).join(": "),
    grade: diagnosis?.grade ?? "",
    // Of a name the probability is its own, else that of the list.
    listed: diagnosis === null ? "" : listed(diagnosis).map(({ id }) => id).join(" "),
    probability: String(entry.answer?.probability ?? ""),
    right_of_ten: String(entry.answer?.right_of_ten ?? ""),
    finding: entry.finding ?? "",
    affected_of_ten: String(entry.affected_of_ten ?? ""),
    severity: String(entry.severity ?? ""),
    note: entry.note,
    model: entry.answer?.model_version ?? "",
  };
}

function quoted(value: string): string {
  // A spreadsheet would compute what begins like a formula.
  const harmless = /^[=+\-@\t\r]/.test(value) && Number.isNaN(Number(value)) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
