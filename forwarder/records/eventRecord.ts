import { hash } from "node:crypto";
import { recordId } from "./identity";
import { creationMicros } from "./micros";
import type { JournalRecord, WithheldField, ZitadelEvent } from "./record";
import { holdsSecret, withoutSecrets } from "./redaction/net";
import { jsonType, shownName } from "./redaction/payload";
import type { Redaction } from "./redaction/redaction";
import { secretIdAggregates } from "./redaction/table";
import { sessionPlace } from "./session";

/** What a record holds besides the event. */
export interface ReadingContext {
  instanceId: string;
  /** ZITADEL's time at which the event was read, RFC 3339. */
  observedDate: string;
}

/** An event without what identifies it. The message names the field, never its value. */
export class MalformedEventError extends Error {
  override name = "MalformedEventError";
  constructor(readonly field: string) {
    super(`the event's ${field} is missing or malformed: it cannot be identified`);
  }
}

/**
 * An event as a record for the journal; its body is the JSON text of an EventRecordBody, its keys always in
 * the same order.
 *
 * The event leaves as read but for two things. `localized` texts (of the event type and the aggregate type)
 * are left out: they follow Accept-Language and ZITADEL's version and are no part of the event. Payload
 * fields leave as `redaction` allows. `editor`, aggregate, sequence, creation date and type stay, as strings
 * in the digits that ZITADEL sent, unless one of them is a secret: then an id leaves as `sha256:` and the first
 * 32 hex digits of its digest (in `place` too, so that histories can still be told apart), a display name not
 * at all. This is so for every device authorization, whose aggregate id is its device code, and for whatever
 * else the net takes for a secret.
 *
 * Give it events that `parseJson` parsed: plain JSON.parse changes numbers above 2^53. Throws
 * MalformedEventError when the event cannot be identified.
 */
export function createEventRecord(
  event: ZitadelEvent,
  { instanceId, observedDate }: ReadingContext,
  redaction: Redaction,
): JournalRecord {
  const { aggregate, sequence } = event;
  const aggregateType = stringOf(aggregate?.type?.type, "aggregate type");
  const aggregateId = stringOf(aggregate.id, "aggregate id");
  const eventType = stringOf(event.type?.type, "type");
  if (typeof sequence !== "string" || !/^\d{1,19}$/.test(sequence)) throw new MalformedEventError("sequence");
  const createdMicros = microsOf(event.creationDate);
  const id = recordId({ instanceId, aggregateType, aggregateId, sequence, createdMicros });

  const withheld: WithheldField[] = [];
  const plainId = (text: string, path: string) => idText(text, path, withheld);
  const placeType = plainId(aggregateType, "/aggregate/type/type");
  const placeId = secretIdAggregates.has(aggregateType)
    ? digested(aggregateId, "/aggregate/id", withheld)
    : plainId(aggregateId, "/aggregate/id");
  const editor = editorText(event.editor, withheld);
  const owner = aggregate.resourceOwner;
  const ownerText =
    typeof owner === "string"
      ? `,"resourceOwner":${JSON.stringify(plainId(owner, "/aggregate/resourceOwner"))}`
      : "";
  const typeText = JSON.stringify(plainId(eventType, "/type/type"));
  const payload = redaction.payload(eventType, event.payload, withheld);
  withholdUnknown(event, withheld);

  const body =
    `{"id":"${id}","source":"events","instance":{"id":${JSON.stringify(instanceId)}},` +
    `"observedDate":${JSON.stringify(observedDate)},"event":{${editor}` +
    `"aggregate":{"id":${JSON.stringify(placeId)},"type":{"type":${JSON.stringify(placeType)}}${ownerText}},` +
    `"sequence":"${sequence}","creationDate":"${event.creationDate}",` +
    `${payload === undefined ? "" : `"payload":${payload},`}"type":{"type":${typeText}}}` +
    `${withheld.length === 0 ? "" : `,"withheld":${JSON.stringify(withheld)}`}}`;
  return {
    id,
    source: "events",
    createdMicros,
    body,
    place: { aggregateType: placeType, aggregateId: placeId, sequence: Number(sequence) },
    session: sessionPlace({ aggregateType: placeType, aggregateId: placeId, eventType }, payload),
  };
}

function stringOf(value: unknown, field: string): string {
  if (typeof value !== "string" || value === "") throw new MalformedEventError(field);
  return value;
}

function microsOf(creationDate: unknown): number {
  try {
    return creationMicros(creationDate as string);
  } catch {
    throw new MalformedEventError("creation date");
  }
}

function idText(text: string, path: string, withheld: WithheldField[]): string {
  return withoutSecrets(text, true) === text ? text : digested(text, path, withheld);
}

function digested(text: string, path: string, withheld: WithheldField[]): string {
  withheld.push({ path, type: "string", reason: "secret" });
  return `sha256:${hash("sha256", text, "hex").slice(0, 32)}`;
}

function editorText(editor: ZitadelEvent["editor"], withheld: WithheldField[]): string {
  if (typeof editor !== "object" || editor === null) return "";
  const parts: string[] = [];
  if (typeof editor.userId === "string")
    parts.push(`"userId":${JSON.stringify(idText(editor.userId, "/editor/userId", withheld))}`);
  for (const name of ["displayName", "service"] as const) {
    const text = editor[name];
    if (typeof text !== "string") continue;
    if (holdsSecret(text)) withheld.push({ path: `/editor/${name}`, type: "string", reason: "secret" });
    else parts.push(`"${name}":${JSON.stringify(text)}`);
  }
  return `"editor":{${parts.join(",")}},`;
}

const envelope = {
  event: new Set(["editor", "aggregate", "sequence", "creationDate", "payload", "type"]),
  editor: new Set(["userId", "displayName", "service"]),
  aggregate: new Set(["id", "type", "resourceOwner"]),
  type: new Set(["type", "localized"]),
};

/** Fields outside the payload that no ZITADEL known to us sends: reported like unknown payload fields. */
function withholdUnknown(event: ZitadelEvent, withheld: WithheldField[]) {
  const look = (object: object | undefined, known: ReadonlySet<string>, pointer: string) => {
    for (const name in object)
      if (!known.has(name))
        withheld.push({
          path: `${pointer}/${shownName(name)}`,
          type: jsonType((object as Record<string, unknown>)[name]),
          reason: "not listed",
        });
  };
  look(event, envelope.event, "");
  look(event.editor, envelope.editor, "/editor");
  look(event.aggregate, envelope.aggregate, "/aggregate");
  look(event.aggregate.type, envelope.type, "/aggregate/type");
  look(event.type, envelope.type, "/type");
}
