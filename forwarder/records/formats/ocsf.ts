import type { OcsfVersion } from "../../../contract";
import type { Facts, Person } from "./facts";
import { type JsonObject, microsOf, without } from "./json";
import type { Activity, Class, Meaning, Outcome, Severity } from "./meaning";

/** Classes of the Open Cybersecurity Schema Framework (https://schema.ocsf.io). */
const classes: Record<Class, { uid: number; name: string }> = {
  authentication: { uid: 3002, name: "Authentication" },
  account: { uid: 3001, name: "Account Change" },
  access: { uid: 3005, name: "User Access Management" },
  entity: { uid: 3004, name: "Entity Management" },
  base: { uid: 0, name: "Base Event" },
};

/** `activity_id` by class; what a class has no number for is 99, Other, with our word as its name. */
const activities: Record<Class, Partial<Record<Activity, [id: number, name: string]>>> = {
  authentication: {
    logon: [1, "Logon"],
    logoff: [2, "Logoff"],
    ticket: [3, "Authentication Ticket"],
    renew: [5, "Service Ticket Renew"],
    check: [6, "Preauth"],
  },
  account: {
    create: [1, "Create"],
    enable: [2, "Enable"],
    "change password": [3, "Password Change"],
    "reset password": [4, "Password Reset"],
    disable: [5, "Disable"],
    delete: [6, "Delete"],
    lock: [9, "Lock"],
    "enable factor": [10, "MFA Factor Enable"],
    "disable factor": [11, "MFA Factor Disable"],
  },
  access: { assign: [1, "Assign Privileges"], revoke: [2, "Revoke Privileges"] },
  entity: {
    create: [1, "Create"],
    update: [3, "Update"],
    delete: [4, "Delete"],
    enable: [8, "Enable"],
    disable: [9, "Disable"],
  },
  base: {},
};
/** What newer versions have a number for. */
const newer: Partial<Record<Class, Partial<Record<Activity, [id: number, name: string]>>>> = {
  account: { unlock: [12, "Unlock"] },
};

const severityIds: Record<Severity, [id: number, name: string]> = {
  informational: [1, "Informational"],
  low: [2, "Low"],
  medium: [3, "Medium"],
  high: [4, "High"],
};
const statuses: Record<Outcome, [id: number, name: string]> = {
  unknown: [0, "Unknown"],
  success: [1, "Success"],
  failure: [2, "Failure"],
};

/** A record in OCSF. The whole record is in `unmapped`, but for what `metadata` holds already. */
export function ocsfRecord(facts: Facts, version: OcsfVersion): JsonObject {
  const { meaning } = facts;
  const { uid, name } = classes[meaning.class];
  const [activityId, activityName] = activityOf(meaning.class, meaning.activity, version);
  const [severityId, severity] = severityIds[meaning.severity];
  const [statusId, status] = statuses[meaning.outcome];
  return {
    class_uid: uid,
    class_name: name,
    category_uid: Math.floor(uid / 1000),
    activity_id: activityId,
    activity_name: activityName,
    type_uid: uid * 100 + activityId,
    severity_id: severityId,
    severity,
    status_id: statusId,
    status,
    status_code: facts.error,
    time: Math.floor(facts.micros / 1000),
    message: facts.message,
    metadata: metadataOf(facts, version),
    ...parts[meaning.class](facts),
    unmapped: unmappedOf(facts),
  };
}

/** Class and activity of a meaning, as the documentation shows them. */
export function ocsfActivity(meaning: Meaning, version: OcsfVersion): string {
  const { uid, name } = classes[meaning.class];
  const [id, activity] = activityOf(meaning.class, meaning.activity, version);
  return `${uid} ${name}: ${id} ${activity}`;
}

function activityOf(kind: Class, activity: Activity, version: OcsfVersion): [id: number, name: string] {
  const added = version === "1.3.0" ? undefined : newer[kind]?.[activity];
  return added ?? activities[kind][activity] ?? [99, activity];
}

function metadataOf(facts: Facts, version: OcsfVersion): JsonObject {
  const observed = microsOf(facts.observedDate);
  return {
    version,
    product: { name: "ZITADEL", vendor_name: "ZITADEL" },
    uid: facts.id,
    event_code: facts.name,
    original_time: facts.time,
    logged_time: observed === 0 ? undefined : Math.floor(observed / 1000),
    tenant_uid: facts.instanceId,
    log_name: facts.source,
    // These classes have an actor by this profile only.
    profiles: ["access", "entity"].includes(facts.meaning.class) && actorOf(facts) ? ["host"] : undefined,
  };
}

/** What a class has besides what every class has. */
const parts: Record<Class, (facts: Facts) => JsonObject> = {
  authentication: (facts) => ({
    user: userOf(facts.user, facts),
    actor: facts.actor && facts.actor.id !== facts.user?.id ? actorOf(facts) : undefined,
    service: { name: "ZITADEL", uid: facts.applicationId },
    session: facts.sessionId === undefined ? undefined : { uid: facts.sessionId },
    http_request: facts.userAgent === undefined ? undefined : { user_agent: facts.userAgent },
    ...sourceOf(facts),
  }),
  account: (facts) => ({ user: userOf(facts.user, facts), actor: actorOf(facts), ...sourceOf(facts) }),
  access: (facts) => ({
    user: userOf(facts.user, facts),
    actor: actorOf(facts),
    // The class must name privileges; an event that takes a membership away names none.
    privileges: facts.roles ?? [facts.thing.type],
    resource: { type: facts.thing.type, uid: facts.aggregate?.id },
  }),
  entity: (facts) => ({
    entity: { type: facts.thing.type, uid: facts.thing.id ?? "unknown", name: facts.thing.name },
    actor: actorOf(facts),
  }),
  base: () => ({}),
};

function sourceOf({ address }: Facts): JsonObject {
  return { src_endpoint: address === undefined ? undefined : { ip: address } };
}

/** A user as the class asks for one: with a name or an id, whatever is known. */
function userOf(person: Person | undefined, { organizationId, organizationName }: Facts): JsonObject {
  const org = without({ uid: organizationId, name: organizationName });
  return { ...(personFields(person) ?? { name: "unknown" }), org };
}

function actorOf({ actor, service }: Facts): JsonObject | undefined {
  return without({ user: personFields(actor), app_name: service });
}

/** What the schema takes for an e-mail address. */
const email = /^[a-zA-Z0-9!#$%&'*+-/=?^_`{|}~.]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+$/;

function personFields(person: Person | undefined): JsonObject | undefined {
  if (person?.id === undefined && person?.name === undefined) return undefined;
  const address = person.email !== undefined && email.test(person.email) ? person.email : undefined;
  return { uid: person.id, name: person.name, email_addr: address };
}

function unmappedOf({ record, claimedAddress, meaning }: Facts): JsonObject {
  const { id: _id, ...rest } = record;
  return { ...rest, categories: meaning.categories, claimed_ip: claimedAddress };
}
