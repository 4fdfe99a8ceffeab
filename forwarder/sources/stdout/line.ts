import { LOG_MARKER, type LoginCall } from "../../../contract/loginClaim";
import { readGoString } from "./goString";

/** What ZITADEL's log emitter writes of an Action's run (recordings actionv1-log-lines-*). */
export interface EmittedRecord {
  message: string;
  /** The instance in which the Action ran. */
  instance: string;
}

/** The message with which the emitter logs every record of an Action. */
const EMITTED = "log record emitted";
const key = /(?:^|\s+)([\w.]+)=/y;
/** A value that logrus does not quote. */
const bare = /[a-zA-Z0-9\-._/@^+]*(?=\s|$)/y;

/**
 * Reads a line of ZITADEL's log, in any of the formats in which it logs: logrus text or JSON. Undefined for a
 * line that the log emitter did not write. A field's value is quoted, so text that somebody had logged never
 * ends the field that it is in.
 */
export function readEmitted(line: string): EmittedRecord | undefined {
  const fields = line.startsWith("{") ? jsonFields(line) : textFields(line);
  if (fields?.msg !== EMITTED || typeof fields.record !== "string") return undefined;
  const record = jsonFields(fields.record);
  if (typeof record?.message !== "string" || typeof record.instanceId !== "string") return undefined;
  return { message: record.message, instance: record.instanceId };
}

const message = new RegExp(`^${LOG_MARKER} (\\S{1,200}) ([0-9a-f]{64}) (.*)$`, "s");

/** Reads an Action's message as a signed claim; undefined when it does not begin with the marker or has not its form. */
export function readCall(text: string): LoginCall | undefined {
  const found = message.exec(text);
  return found
    ? {
        organization: found[1] as string,
        signature: found[2] as string,
        record: found[3] as string,
      }
    : undefined;
}

function jsonFields(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** `key=value` pairs up to the line's end, values quoted as Go does where they need it; each key once. */
function textFields(line: string): Record<string, unknown> | undefined {
  const fields: Record<string, unknown> = Object.create(null);
  const { length } = line.trimEnd();
  for (let place = 0; place < length; ) {
    key.lastIndex = place;
    const name = key.exec(line)?.[1];
    if (name === undefined || name in fields) return undefined;
    place = key.lastIndex;
    const quoted = readGoString(line, place);
    if (quoted) {
      fields[name] = quoted.value;
      place = quoted.end;
      continue;
    }
    bare.lastIndex = place;
    const found = bare.exec(line);
    if (!found) return undefined;
    fields[name] = found[0];
    place = bare.lastIndex;
  }
  return fields;
}
