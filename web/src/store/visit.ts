/** An extension worker's visit: several plants of one farm, looked at in one go. */

import type { Case } from "./case";

export interface Visit {
  readonly id: string;
  readonly startedAt: number;
  /** Whose farm, or where; only ever kept on this phone. */
  readonly title: string;
}

const COLUMNS = ["time", "plot", "crop", "outcome", "condition", "probability", "right_of_ten", "note", "model"] as const;
type Row = Record<(typeof COLUMNS)[number], string>;

/** The visit as CSV: one line for each plant, ids instead of names, so that any program can go on with it. */
export function csvOf(cases: readonly Case[]): string {
  const rows = cases.map(rowOf).map((row) => COLUMNS.map((column) => quoted(row[column])).join(","));
  // Spreadsheets take a file for UTF-8 only if it begins with this mark.
  return `\ufeff${[COLUMNS.join(","), ...rows].join("\r\n")}\r\n`;
}

function rowOf(one: Case): Row {
  const { diagnosis } = one;
  return {
    time: new Date(one.createdAt).toISOString(),
    plot: one.plot,
    crop: diagnosis?.condition?.crop ?? diagnosis?.coarse?.crop ?? one.crop ?? "",
    outcome: diagnosis?.outcome ?? "",
    condition: diagnosis?.condition?.id ?? "",
    probability: String(diagnosis?.condition?.probability ?? diagnosis?.coarse?.probability ?? ""),
    right_of_ten: String(diagnosis?.confidence?.right_of_ten ?? ""),
    note: one.note,
    model: diagnosis?.model_version ?? "",
  };
}

function quoted(value: string): string {
  // A spreadsheet would compute what begins like a formula.
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
