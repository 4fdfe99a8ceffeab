import { parseJson } from "../rawNumber";
import { firstText, type JsonObject, microsOf, objectIn, textIn, without } from "./json";
import { meaningOf } from "./lookup";
import type { Meaning } from "./meaning";
import { type Addresses, addressesIn } from "./source";

/** What a record says, in whatever format it is then written. A fact that the record does not hold is absent. */
export interface Facts extends Addresses {
  /** The whole record as the journal keeps it. */
  record: JsonObject;
  id: string;
  source: string;
  instanceId?: string;
  /** RFC 3339, as it was written. */
  observedDate?: string;
  /** When it happened: RFC 3339 in the digits that ZITADEL sent. */
  time?: string;
  /** The same in microseconds since 1970; 0 when it is not known. */
  micros: number;
  /** The event's type, `login.` and the trigger, `call.` and the target, or `forwarder.` and a notice's type. */
  name: string;
  message: string;
  /** By the table; a login record's outcome is its own. */
  meaning: Meaning;
  /** Whom it was done to, or who logged in. */
  user?: Person;
  actor?: Person;
  /** ZITADEL's part that wrote the event. */
  service?: string;
  thing: Thing;
  aggregate?: { type?: string; id?: string; sequence?: string };
  organizationId?: string;
  organizationName?: string;
  sessionId?: string;
  /** Address and browser are those with which the event's session began: the event itself names none. */
  fromSession?: true;
  applicationId?: string;
  /** Roles that were given, or are held now. */
  roles?: string[];
  /** ZITADEL's error code. */
  error?: string;
}

export interface Person {
  id?: string;
  name?: string;
  email?: string;
}

/** What is not a person. */
export interface Thing {
  /** What kind of thing: the event's type without its last word. */
  type: string;
  id?: string;
  name?: string;
}

/**
 * Reads a record of the journal. A text that is no such record gives facts that hold next to nothing.
 * `addressTrusted`: an address in an event is the one that a trusted proxy saw, not the client's word.
 */
export function readFacts(journalText: string, addressTrusted: boolean): Facts {
  const record = objectIn(parsed(journalText)) ?? {};
  const event = objectIn(record.event);
  const login = objectIn(record.login);
  const notice = objectIn(record.notice);
  const aggregate = objectIn(event?.aggregate);
  const payload = objectIn(event?.payload);
  const editor = objectIn(event?.editor);
  const target = objectIn(record.target);
  const name = nameOf(event, login, target, notice);
  const meaning = withOutcome(meaningOf(name), login?.outcome);
  const instanceId = textIn(objectIn(record.instance)?.id);
  const observedDate = textIn(record.observedDate);
  const time = firstText(event, "creationDate") ?? firstText(login, "time") ?? observedDate;
  const aggregateId = textIn(aggregate?.id);
  const session = objectIn(record.session);
  const names = objectIn(record.names);
  const user = named(userOf(meaning, aggregateId, payload, objectIn(login?.user)), objectIn(names?.user));
  const organizationId = organizationOf(record, aggregate, payload, instanceId);
  const organization = objectIn(names?.organization);
  return {
    record,
    id: textIn(record.id) ?? "",
    source: textIn(record.source) ?? "forwarder",
    instanceId,
    observedDate,
    time,
    micros: microsOf(time),
    name,
    message: textIn(notice?.message) ?? name,
    meaning,
    user,
    actor: actorOf(meaning, user, editor),
    service: textIn(editor?.service),
    thing: {
      type: name.slice(0, Math.max(0, name.lastIndexOf("."))) || name,
      id: (isField(meaning.target) ? textIn(payload?.[meaning.target]) : undefined) ?? aggregateId,
      name: firstText(payload, "name", "domain"),
    },
    aggregate:
      aggregate &&
      without({
        type: textIn(objectIn(aggregate.type)?.type),
        id: aggregateId,
        sequence: textIn(event?.sequence),
      }),
    organizationId,
    organizationName: organization?.id === organizationId ? textIn(organization?.name) : undefined,
    sessionId:
      firstText(payload, "sessionID", "session_id", "SessionID") ??
      (name.startsWith("session.") ? aggregateId : undefined) ??
      textIn(session?.id),
    applicationId:
      firstText(payload, "clientID", "client_id", "ClientID", "applicationId", "application_id") ??
      firstText(login, "application"),
    roles: textsIn(payload?.roles) ?? textsIn(payload?.roleKeys),
    error: firstText(login, "error"),
    ...sourceOf(meaning, payload, login, session, addressTrusted),
  };
}

/** What the event says of address and browser; where that is nothing, what its session began with. */
function sourceOf(
  { source }: Meaning,
  payload: JsonObject | undefined,
  login: JsonObject | undefined,
  session: JsonObject | undefined,
  trusted: boolean,
): Addresses & Pick<Facts, "fromSession"> {
  const own = without(addressesIn(source, payload, login, trusted));
  if (own !== undefined) return own;
  const begun = without(addressesIn("session", session, undefined, trusted));
  return begun === undefined ? {} : { ...begun, fromSession: true };
}

function nameOf(
  event: JsonObject | undefined,
  login: JsonObject | undefined,
  target: JsonObject | undefined,
  notice: JsonObject | undefined,
): string {
  if (event) return textIn(objectIn(event.type)?.type) ?? "unknown";
  if (login) return `login.${(textIn(login.trigger) ?? "unknown").replaceAll(" ", "_")}`;
  if (target) return `call.${textIn(target.name) ?? "unknown"}`;
  return `forwarder.${textIn(notice?.type) ?? "unknown"}`;
}

function withOutcome(meaning: Meaning, outcome: unknown): Meaning {
  if (outcome === "success") return { ...meaning, outcome };
  if (outcome === "failure") return { ...meaning, outcome, severity: "low" };
  return meaning;
}

/** Whether a target is a field of the payload and not one of the rules with a name. */
function isField(target: string): boolean {
  return !["user", "payload user", "login", "aggregate", "none"].includes(target);
}

function userOf(
  { target }: Meaning,
  aggregateId: string | undefined,
  payload: JsonObject | undefined,
  login: JsonObject | undefined,
): Person | undefined {
  if (target === "login") return without({ id: textIn(login?.id), name: textIn(login?.loginName) });
  if (target === "payload user")
    return without({ id: firstText(payload, "userId", "userID", "user_id", "Subject") });
  if (target !== "user") return undefined;
  const name = firstText(payload, "userName", "username");
  return without({ id: aggregateId, name, email: textIn(payload?.email) });
}

/** A person by the name that was found, where the event itself gives none. */
function named(person: Person | undefined, found: JsonObject | undefined): Person | undefined {
  if (person === undefined || person.name !== undefined || person.id !== found?.id) return person;
  return without({ ...person, name: textIn(found?.userName) });
}

function actorOf(
  { actor }: Meaning,
  user: Person | undefined,
  editor: JsonObject | undefined,
): Person | undefined {
  if (actor === "none") return undefined;
  const id = textIn(editor?.userId);
  // Whatever the hosted login writes it writes as LOGIN: the person is the one whom it is about.
  if (id === undefined || id === "LOGIN") return actor === "user" || id === "LOGIN" ? user : undefined;
  return actor === "user" && user ? user : without({ id, name: textIn(editor?.displayName) });
}

function organizationOf(
  record: JsonObject,
  aggregate: JsonObject | undefined,
  payload: JsonObject | undefined,
  instanceId: string | undefined,
): string | undefined {
  const owner = textIn(aggregate?.resourceOwner);
  // What no organization owns is the instance's.
  if (owner !== undefined && owner !== instanceId) return owner;
  const named = textIn(objectIn(record.organization)?.id) ?? textIn(objectIn(record.target)?.organization);
  return named ?? firstText(payload, "userResourceOwner", "UserOrgID");
}

function textsIn(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts = value.filter((entry): entry is string => typeof entry === "string");
  return texts.length === 0 ? undefined : texts;
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
