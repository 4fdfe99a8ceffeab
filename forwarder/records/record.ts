import type { LoginClaim } from "../../contract/loginClaim";
import type { SessionContext, SessionPlace } from "./session";

/** The sources from which a record reaches the journal; `forwarder` is what the forwarder itself reports. */
export type RecordSource = "events" | "webhook" | "stdout" | "forwarder";

/** An event as the Events API returns it, read strictly enough to identify it and no further. */
export interface ZitadelEvent {
  editor?: { userId?: string; displayName?: string; service?: string };
  aggregate: { id: string; type: { type: string }; resourceOwner?: string };
  /** Decimal, counts 1, 2, 3, … within the aggregate. */
  sequence: string;
  /** RFC 3339 with 6, 3 or no fraction digits: the string is kept, microseconds do not fit a Date. */
  creationDate: string;
  payload?: unknown;
  type: { type: string };
}

/** A payload field that did not leave: its JSON pointer in the event, its JSON type and why. */
export interface WithheldField {
  path: string;
  type: "string" | "number" | "boolean" | "object" | "array" | "null";
  reason: "not listed" | "secret";
}

/** Names that are put on a record, as its `names`: of whom it is about, and of whose organization it is. */
export interface RecordNames {
  user?: { id: string; userName: string };
  organization?: { id: string; name: string };
}

/**
 * What a destination gets in the format `zitadel`: the event as read, redacted, in a small envelope.
 * This is also the journal's text, so that a lane passes it on without parsing it.
 */
export interface EventRecordBody {
  /** `v1-` and 32 hex digits; see `recordId`. */
  id: string;
  source: "events";
  instance: { id: string };
  /** ZITADEL's time at which the forwarder read the event, RFC 3339. */
  observedDate: string;
  event: ZitadelEvent;
  withheld?: WithheldField[];
  /** Names, where they are asked for. */
  names?: RecordNames;
  /** What the beginning of the event's session said of address and browser, on the session's later events. */
  session?: SessionContext;
}

/**
 * One login attempt. The organization is the one whose secret signed it; whatever else it says is the script's
 * word. On the source `events` it was made from a check among the events that no script reported.
 */
export interface LoginRecordBody {
  /** `l1-` and 32 hex digits, made of the organization and the id that the script made; see `loginId`. */
  id: string;
  source: "webhook" | "stdout" | "events";
  instance: { id: string };
  /** Forwarder's time at which the record came, RFC 3339. */
  observedDate: string;
  organization: { id: string };
  /** The signed claim without its id; `ip` moves to `sourceIp` where the declaration says how many proxies to trust, else to `claimedIp`. */
  login: Omit<LoginClaim, "id" | "ip"> & { sourceIp?: string; claimedIp?: string };
}

/** What ZITADEL itself posted to a target of Actions version 2, its texts without secrets. */
export interface TargetRecordBody {
  /** `l1-` and 32 hex digits, made of the target's name and the signed text. */
  id: string;
  source: "webhook";
  instance: { id: string };
  /** Forwarder's time at which the call came, RFC 3339. */
  observedDate: string;
  /** The target whose key signed, as it is configured. */
  target: { name: string; organization?: string };
  /** The body of the call. */
  call: unknown;
  withheld?: WithheldField[];
}

/** What the forwarder reports as a record of its own, for example that history was forked. */
export interface NoticeRecordBody {
  id: string;
  source: "forwarder";
  instance: { id: string };
  observedDate: string;
  notice: { type: string; message: string } & Record<string, unknown>;
}

/** A login check among the events: it waits for the record that a script makes of it. */
export interface LoginCheck {
  createdMicros: number;
  /** Any of these is the key of its report; none when no script can have run. */
  keys: readonly string[];
  /** What is sent when no script reports it. */
  record: JournalRecord;
}

/** From when on the login checks of an organization have to be reported: those created then and later. */
export interface LoginWatch {
  organization: string;
  /** Microseconds since 1970. */
  sinceMicros: number;
}

/** What is noted of logins with an event. */
export interface LoginNote {
  /** For an event that is a login check of a watched organization. */
  check?: LoginCheck;
  /** For an event of an organization of which it is not known yet from when on it is watched. */
  watch?: LoginWatch;
}

/** By what a check among the events finds a script's login record; see `matchKey`. */
export interface LoginReport {
  key: string;
}

/** A record on its way into the journal: its text and what the journal must know without reading it. */
export interface JournalRecord extends LoginNote {
  id: string;
  /** `checks`: a login record made from a check among the events, which is of the source `events` to destinations. */
  source: RecordSource | "checks";
  /** Creation time in microseconds since 1970. */
  createdMicros: number;
  /** The JSON text that is delivered. */
  body: string;
  /** The place in its aggregate's history, for records of the source `events`. */
  place?: { aggregateType: string; aggregateId: string; sequence: number };
  /** The session that an event belongs to. */
  session?: SessionPlace;
  /** For a script's login record. */
  report?: LoginReport;
}
