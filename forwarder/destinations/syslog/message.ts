import { type SyslogFacility, syslogFacilities } from "../../../contract";
import type { Facts } from "../../records/formats/facts";
import type { Severity } from "../../records/formats/meaning";
import { formatMicros } from "../../records/micros";

/** What stands in the header of every message. */
export interface SyslogHeader {
  facility: SyslogFacility;
  appName: string;
  /** The host that messages are of: ZITADEL's. */
  hostName: string;
}

/**
 * Name of the structured data. 32473 is the number that RFC 5612 sets aside for whoever has none of its own.
 */
export const STRUCTURED_DATA_ID = "zitadel@32473";

/** Numbers of severities (RFC 5424, section 6.2.1): informational, notice, warning, error. */
const severityNumbers: Record<Severity, number> = { informational: 6, low: 5, medium: 4, high: 3 };

const NIL = "-";
const SPACE_AND_WHAT_IS_NOT_PRINTABLE = /[^!-~]/g;
const LONGEST_HOST_NAME = 255;
const LONGEST_MESSAGE_ID = 32;

/**
 * A record as a message of RFC 5424 (section 6): the header, structured data with what helps to route it, and the
 * record's text. MSGID is the event's type, of which it holds 32 characters; the whole type is in the structured
 * data.
 *
 * `json` becomes pure ASCII, which needs no byte order mark: RFC 5424 asks for one before UTF-8, and JSON may not
 * have one (RFC 8259, section 8.1).
 */
export function syslogMessage(facts: Facts, json: string, header: SyslogHeader): string {
  const priority = syslogFacilities[header.facility] * 8 + severityNumbers[facts.meaning.severity];
  return [
    `<${priority}>1`,
    facts.micros === 0 ? NIL : formatMicros(facts.micros),
    headerField(header.hostName, LONGEST_HOST_NAME),
    header.appName,
    NIL,
    headerField(facts.name, LONGEST_MESSAGE_ID),
    structuredData({
      id: facts.id,
      source: facts.source,
      instance: facts.instanceId,
      organization: facts.organizationId,
      type: facts.name,
    }),
    asAscii(json),
  ].join(" ");
}

/** A field of the header: printable ASCII without a space, so long at most, or `-`. */
export function headerField(text: string, longest: number): string {
  return text.replace(SPACE_AND_WHAT_IS_NOT_PRINTABLE, "_").slice(0, longest) || NIL;
}

/** One element of structured data, with the parameters that have a value (RFC 5424, section 6.3). */
export function structuredData(parameters: { [name: string]: string | undefined }): string {
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [` ${name}="${value.replace(/["\\\]]/g, "\\$&")}"`],
  );
  return `[${STRUCTURED_DATA_ID}${given.join("")}]`;
}

/** The same JSON text in ASCII alone. */
export function asAscii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
