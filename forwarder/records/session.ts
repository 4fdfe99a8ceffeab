import { type JsonObject, objectIn, textIn, without } from "./formats/json";
import { parseJson } from "./rawNumber";

/**
 * What the beginning of a session says of where it came from, and its later events do not. ZITADEL writes address and
 * browser of a session once, with `session.added`, `oidc_session.added` and `saml_session.added`.
 */
export interface SessionPlace {
  /** Names the session among all: `session/4007…`. */
  key: string;
  /** For the event that begins the session, and says something of it: the JSON text of a SessionContext. */
  begins?: string;
  /** The session ends with this event. */
  ends?: true;
}

/** What is put on a session's later events, as the record's `session`. Fields are named as ZITADEL names them. */
export interface SessionContext {
  /** The session's id; that of the login session for a session of OpenID Connect or SAML, absent where it names none. */
  id?: string;
  userAgent: {
    fingerprint_id?: string;
    ip?: string;
    description?: string;
    header?: { "user-agent": string };
  };
}

/** Aggregates that begin with an event which describes the browser, and the payload field that does. */
const beginnings: ReadonlyMap<string, string> = new Map([
  ["session", "user_agent"],
  ["oidc_session", "userAgent"],
  ["saml_session", "userAgent"],
]);
/** Events of other aggregates that name a session. */
const links: ReadonlySet<string> = new Set(["auth_request.session.linked", "saml_request.session.linked"]);

/** A context takes so many bytes at most: what a client says of itself is repeated on every event of its session. */
export const CONTEXT_BYTES = 800;
/** How many characters of a text are kept: as many as fit CONTEXT_BYTES, which the last always do. */
const TEXT_LENGTHS = [300, 100, 16];
/** ZITADEL's ids are shorter; longer ones would make the table of sessions grow. */
const ID_LENGTH = 200;
const plainId = /^[!-~]{1,128}$/;

/**
 * Which session an event belongs to; undefined when it belongs to none. `payload` is the JSON text of what may leave of
 * its payload: a context holds nothing that the session's beginning does not show.
 */
export function sessionPlace(
  {
    aggregateType,
    aggregateId,
    eventType,
  }: { aggregateType: string; aggregateId: string; eventType: string },
  payload: string | undefined,
): SessionPlace | undefined {
  const field = beginnings.get(aggregateType);
  if (field === undefined) {
    const linked = links.has(eventType) ? textIn(parsed(payload).session_id) : undefined;
    return linked === undefined ? undefined : place("session", linked);
  }
  const found = place(aggregateType, aggregateId);
  if (found === undefined) return undefined;
  if (eventType === `${aggregateType}.added`) {
    const said = parsed(payload);
    const id = aggregateType === "session" ? aggregateId : textIn(said.sessionID);
    return { ...found, begins: contextText(id, objectIn(said[field])) };
  }
  return eventType === "session.terminated" ? { ...found, ends: true } : found;
}

/** A record's JSON text with the context of its session, which is a property beside the event: that stays as read. */
export function withSession(body: string, context: string): string {
  return `${body.slice(0, -1)},"session":${context}}`;
}

function place(type: string, id: string): SessionPlace | undefined {
  return id.length > ID_LENGTH ? undefined : { key: `${type}/${id}` };
}

/** Undefined when the beginning says nothing. */
function contextText(id: string | undefined, agent: JsonObject | undefined): string | undefined {
  if (agent === undefined) return undefined;
  const shortId = id !== undefined && plainId.test(id) ? id : undefined;
  for (const length of TEXT_LENGTHS) {
    const cut = (value: unknown) =>
      textIn(value)
        ?.slice(0, length)
        .replace(/[\uD800-\uDBFF]$/, "");
    const header = cut(headerIn(agent));
    const userAgent = without({
      fingerprint_id: cut(agent.fingerprint_id),
      ip: cut(agent.ip),
      description: cut(agent.description),
      header: header === undefined ? undefined : { "user-agent": header },
    });
    const text = userAgent && JSON.stringify({ id: shortId, userAgent } satisfies SessionContext);
    if (text === undefined || Buffer.byteLength(text) <= CONTEXT_BYTES) return text;
  }
  return undefined;
}

/** The header `user-agent` as the session's creator passed it on: a text, or the first of several. */
function headerIn(agent: JsonObject): unknown {
  const headers = Object.entries(objectIn(agent.header) ?? {});
  const [, value] = headers.find(([name]) => name.toLowerCase() === "user-agent") ?? [];
  return Array.isArray(value) ? value[0] : value;
}

function parsed(payload: string | undefined): JsonObject {
  return objectIn(payload === undefined ? undefined : parseJson(payload)) ?? {};
}
