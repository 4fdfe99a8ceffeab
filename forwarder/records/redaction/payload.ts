import { isRawNumber } from "../rawNumber";
import type { WithheldField } from "../record";
import type { Field } from "./allowed";
import { holdsSecret, isSecretObject, withoutSecrets } from "./net";

/** Deeper than any payload; what lies below does not leave. */
const MAX_DEPTH = 32;

/** Names of fields that hold ids, where long random words are no secrets. */
const idName = /(?:[iI][dD]s?|[fF]ingerprint)$/;

/**
 * The JSON text of what may leave of an event's payload, or undefined when it is no object and so nothing of
 * it may. What does not leave is added to `withheld` with its JSON pointer in the event.
 */
export function redactedPayload(
  payload: unknown,
  fields: Field,
  withheld: WithheldField[],
): string | undefined {
  if (jsonType(payload) === "object") return redactObject(payload as object, fields, "/payload", 0, withheld);
  withheld.push({ path: "/payload", type: jsonType(payload), reason: "not listed" });
  return undefined;
}

/**
 * The JSON text of what may leave of what ZITADEL posted to a target, or undefined when that is no object. No table
 * says what its fields are: all may leave but those whose name or text says a secret, and payloads of events, which
 * the table of events lets out from their own source.
 */
export function redactedCall(call: unknown, withheld: WithheldField[]): string | undefined {
  return jsonType(call) === "object"
    ? redactObject(call as object, callField, "/call", 0, withheld)
    : undefined;
}

interface Place {
  /** The field holds ids. */
  id: boolean;
  depth: number;
}

function redact(
  value: unknown,
  field: Field,
  pointer: string,
  place: Place,
  withheld: WithheldField[],
): string | undefined {
  const refuse = (reason: WithheldField["reason"]) => {
    withheld.push({ path: pointer, type: jsonType(value), reason });
    return undefined;
  };
  if (field.secret) return refuse("secret");
  if (typeof value === "string") {
    if (!field.leaves && !field.released) return refuse("not listed");
    const clean = withoutSecrets(value, place.id);
    if (clean !== value) refuse("secret");
    return clean === undefined ? undefined : JSON.stringify(clean);
  }
  if (typeof value !== "object" || value === null || isRawNumber(value))
    return field.leaves || field.released ? JSON.stringify(value) : refuse("not listed");
  if (place.depth >= MAX_DEPTH) return refuse("not listed");
  if (Array.isArray(value)) return redactList(value, field, pointer, place, withheld, refuse);
  if (isSecretObject(value)) return refuse("secret");
  if (field.within.size === 0 && !field.released) return refuse("not listed");
  return redactObject(value, field, pointer, place.depth + 1, withheld);
}

function redactList(
  list: unknown[],
  field: Field,
  pointer: string,
  place: Place,
  withheld: WithheldField[],
  refuse: (reason: WithheldField["reason"]) => undefined,
): string | undefined {
  if (!field.leaves && !field.released && field.within.size === 0) return refuse("not listed");
  const within = { id: place.id, depth: place.depth + 1 };
  // An element that may not leave becomes null, so that the pointers of the others stay right.
  const texts = list.map(
    (element, at) => redact(element, field, `${pointer}/${at}`, within, withheld) ?? "null",
  );
  return `[${texts.join(",")}]`;
}

function redactObject(
  object: object,
  field: Field,
  pointer: string,
  depth: number,
  withheld: WithheldField[],
): string {
  let text = "";
  for (const [name, value] of Object.entries(object)) {
    const known = field.within.get(name);
    const within = known ?? (field.released ? releasedField(name) : unknownField);
    const shown = known ? name : shownName(name);
    const part = redact(
      value,
      field.released && known && !known.secret ? { ...known, released: true } : within,
      `${pointer}/${shown.replaceAll("~", "~0").replaceAll("/", "~1")}`,
      { id: idName.test(name), depth },
      withheld,
    );
    if (part !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(name)}:${part}`;
  }
  return `{${text}}`;
}

const unknownField: Field = { leaves: false, secret: false, released: false, within: new Map() };
const wholeField: Field = { ...unknownField, released: true };
const secretField: Field = { ...unknownField, secret: true };
const callField: Field = {
  ...wholeField,
  within: new Map([
    ["event_payload", secretField],
    ["eventPayload", secretField],
  ]),
};

/** A field within a released object: its name too may be, or say, a secret. */
function releasedField(name: string): Field {
  return holdsSecret(name) || secretNames.test(name) ? secretField : wholeField;
}

const secretNames =
  /passw|secret|token(?!_?(?:id|type)$)|crypted|private_?key|credential|authorization|cookie|hash$|otp|(?<!(?:error|status|country|postal|zip|language)_?)codes?$/i;

/** How a field is called in ZITADEL's payloads: a few words, hardly a digit. */
const fieldName = /^(?!(?:.*\d){4})[A-Za-z][A-Za-z0-9_-]{0,39}$/;

/** The name of an unknown field in a pointer: `*` where it may be content instead of a name. */
export function shownName(name: string): string {
  return fieldName.test(name) && !holdsSecret(name) ? name : "*";
}

export function jsonType(value: unknown): WithheldField["type"] {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (isRawNumber(value)) return "number";
  return typeof value as WithheldField["type"];
}
