import { hash } from "node:crypto";

/** What tells one event from every other, of this and of every other instance. */
export interface EventIdentity {
  instanceId: string;
  aggregateType: string;
  aggregateId: string;
  /** Decimal, as the Events API writes it. */
  sequence: string;
  /** Microseconds since 1970: after a restore of ZITADEL's database the same sequence names another event. */
  createdMicros: number;
}

/**
 * The id under which every destination gets an event, for ever: `v1-` and the first 32 hex digits of the
 * SHA-256 of
 *
 *     len ":" instanceId len ":" aggregateType len ":" aggregateId len ":" sequence len ":" createdMicros
 *
 * with nothing in between, where `len` is the decimal number of bytes of the part in UTF-8, sequence and
 * createdMicros are decimal, and a lone surrogate counts as U+FFFD. The lengths make the text injective: no
 * two different identities give the same text. Format, redaction, display names, languages and our version
 * are no part of it.
 */
export function recordId(identity: EventIdentity): string {
  return digestId([
    identity.instanceId,
    identity.aggregateType,
    identity.aggregateId,
    identity.sequence,
    String(identity.createdMicros),
  ]);
}

/** The id of what the forwarder itself reports: made like `recordId` of four parts, hence never equal to one. */
export function noticeId(instanceId: string, type: string, key: string): string {
  return digestId([instanceId, "notice", type, key]);
}

/**
 * The id of a login record: `l1-` and the first 32 hex digits of the digest of the organization whose secret signed
 * and of the id that the script made, so that both sources give one id. The organization is part of it because whoever
 * can sign for one could otherwise take the id of another's record and, at a destination that keeps the last record
 * of an id, its place.
 */
export function loginId(organizationId: string, scriptId: string): string {
  return "l1-" + digest([organizationId, scriptId]);
}

/** The id of a target's call, made like `loginId` of three parts: the target's name, the time signed, and the body. */
export function targetCallId(target: string, time: string, body: string): string {
  return "l1-" + digest([target, time, body]);
}

function digestId(parts: readonly string[]): string {
  return "v1-" + digest(parts);
}

function digest(parts: readonly string[]): string {
  let text = "";
  for (const part of parts) text += `${Buffer.byteLength(part)}:${part}`;
  return hash("sha256", text, "hex").slice(0, 32);
}
