import type { Ecs } from "@elastic/ecs";
import type { Facts, Person } from "./facts";
import { without } from "./json";
import type { Activity, Class, Severity } from "./meaning";

/**
 * A record in the Elastic Common Schema. What has no place there is below `zitadel`, in fields of one type each; a
 * payload's fields are not: ZITADEL writes the same name with values of different types, which an index refuses.
 * They are in `event.original`, the whole record in the format `zitadel`.
 */
export type EcsRecord = Ecs & { zitadel?: object };

/** The version of the schema: that of the types that this file is written against. */
const VERSION = "9.4.0";

/** `event.severity` grows with what it weighs; the words for it are those of `log.level`. */
const severityNumbers: Record<Severity, number> = { informational: 1, low: 2, medium: 3, high: 4 };
const levels: Record<Severity, string> = {
  informational: "info",
  low: "notice",
  medium: "warning",
  high: "error",
};

/** A record in ECS; `original` is its text in the journal. */
export function ecsRecord(facts: Facts, original: string): EcsRecord {
  const { meaning, actor, user } = facts;
  const aboutLogin = meaning.class === "authentication";
  const who = aboutLogin ? (user ?? actor) : actor;
  const target = aboutLogin ? undefined : user;
  const names = [actor, user].flatMap((person) => [person?.id, person?.name, person?.email]);
  const related = without({
    user: listed(names),
    ip: facts.address === undefined ? undefined : [facts.address],
  });
  return {
    // The schema's type asks for text; a time that is not known is left to whoever takes the record in.
    ...(facts.time === undefined ? {} : { "@timestamp": facts.time }),
    ecs: { version: VERSION },
    message: facts.message,
    event: {
      kind: facts.source === "forwarder" ? "pipeline_error" : "event",
      category: [...meaning.categories],
      type: eventTypes(meaning.class, meaning.activity, user !== undefined),
      action: facts.name,
      outcome: meaning.outcome,
      code: facts.error,
      id: facts.id,
      created: facts.observedDate,
      module: "zitadel",
      dataset: "zitadel.audit",
      provider: facts.service,
      severity: severityNumbers[meaning.severity],
      original,
    },
    log: { level: levels[meaning.severity] },
    service: { type: "zitadel", id: facts.instanceId },
    user: without({ ...personFields(who), target: target && personFields(target), roles: facts.roles }),
    organization: without({ id: facts.organizationId, name: facts.organizationName }),
    source: facts.address === undefined ? undefined : { ip: facts.address, address: facts.address },
    user_agent: facts.userAgent === undefined ? undefined : { original: facts.userAgent },
    labels: facts.claimedAddress === undefined ? undefined : { claimed_ip: facts.claimedAddress },
    related,
    zitadel: without({
      source: facts.source,
      activity: meaning.activity,
      aggregate: facts.aggregate,
      target: user ? undefined : without({ ...facts.thing }),
      session: facts.sessionId === undefined ? undefined : { id: facts.sessionId },
      address_from: facts.fromSession && "session",
      application: facts.applicationId === undefined ? undefined : { id: facts.applicationId },
    }),
  } as EcsRecord;
}

function personFields(person: Person | undefined) {
  return person && { id: person.id, name: person.name, email: person.email };
}

function listed(texts: (string | undefined)[]): string[] | undefined {
  const unique = [...new Set(texts.filter((text) => text !== undefined))];
  return unique.length === 0 ? undefined : unique;
}

/** `event.type`: the values that the schema expects beside the class's categories. */
function eventTypes(kind: Class, activity: Activity, aboutUser: boolean): string[] {
  if (kind === "authentication") return [loginTypes[activity] ?? "info"];
  const type = changeTypes[activity] ?? "info";
  return aboutUser && (kind === "account" || kind === "access") ? ["user", type] : [type];
}

const loginTypes: Partial<Record<Activity, string>> = { logon: "start", logoff: "end", withdraw: "end" };

const changeTypes: Partial<Record<Activity, string>> = {
  create: "creation",
  delete: "deletion",
  update: "change",
  enable: "change",
  disable: "change",
  lock: "change",
  unlock: "change",
  "change password": "change",
  "enable factor": "change",
  "disable factor": "change",
  assign: "change",
  revoke: "change",
};
