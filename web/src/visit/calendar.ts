/** A day to look again, as calendars of phones take it (RFC 5545). */

/** Octets of a line, without its end. */
const LINE_BYTES = 75;

/** The day so many days from now, in the phone's time zone, ISO 8601. */
export function dayAfter(days: number, now = new Date()): string {
  return dayOf(new Date(now.getFullYear(), now.getMonth(), now.getDate() + days));
}

/** A day in the phone's time zone, ISO 8601. */
export function dayOf(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/**
 * A whole day with a reminder in its morning.
 *
 * @param id Of the visit or the case: saved again, the entry takes the place of the earlier one.
 */
export function calendarOf(id: string, day: string, summary: string, description: string): string {
  const next = new Date(`${day}T12:00`);
  next.setDate(next.getDate() + 1);
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Majani//Majani//EN",
    "BEGIN:VEVENT",
    `UID:${id}@majani`,
    `DTSTAMP:${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "")}`,
    `DTSTART;VALUE=DATE:${day.replaceAll("-", "")}`,
    `DTEND;VALUE=DATE:${dayOf(next).replaceAll("-", "")}`,
    `SUMMARY:${escaped(summary)}`,
    `DESCRIPTION:${escaped(description)}`,
    "TRANSP:TRANSPARENT",
    "BEGIN:VALARM",
    "ACTION:DISPLAY",
    `DESCRIPTION:${escaped(summary)}`,
    "TRIGGER:PT7H",
    "END:VALARM",
    "END:VEVENT",
    "END:VCALENDAR",
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join("");
}

function escaped(text: string): string {
  return text.replaceAll(/[\\;,]/g, "\\$&").replaceAll(/\r\n|\r|\n/g, "\\n");
}

/** Lines of at most 75 octets, broken between characters; a further line begins with a space. */
function folded(line: string): string {
  const encoder = new TextEncoder();
  let whole = "";
  let bytes = 0;
  for (const character of line) {
    const size = encoder.encode(character).length;
    if (bytes + size > LINE_BYTES) {
      whole += "\r\n ";
      bytes = 1;
    }
    whole += character;
    bytes += size;
  }
  return whole;
}
