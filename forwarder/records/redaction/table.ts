import type { EventFields, FieldTable } from "./fields";
import { actionTable } from "./tables/action";
import { credentialsTable } from "./tables/credentials";
import { idpTable } from "./tables/idp";
import { instanceTable } from "./tables/instance";
import { organizationTable } from "./tables/organization";
import { policyTable } from "./tables/policy";
import { projectTable } from "./tables/project";
import { schemaUserTable } from "./tables/schemaUser";
import { sessionTable } from "./tables/session";
import { userTable } from "./tables/user";

/**
 * The reviewed table: every event type that ZITADEL 4.13.1 lists, and what may leave of its payload. The
 * fields are those of recorded events and, for types that were not recorded, of the payload types in
 * ZITADEL's public source (internal/repository), older names included. In parts, as the documentation shows it.
 */
export const tableParts: readonly { title: string; table: FieldTable }[] = [
  { title: "Users, machine users and grants", table: userTable },
  { title: "Credentials of users", table: credentialsTable },
  { title: "Sessions and logins", table: sessionTable },
  { title: "Organizations and members", table: organizationTable },
  { title: "Projects and applications", table: projectTable },
  { title: "Identity providers", table: idpTable },
  { title: "Policies, texts and looks", table: policyTable },
  { title: "Actions, targets and executions", table: actionTable },
  { title: "Instance, features and system", table: instanceTable },
  { title: "Users with a schema of their own", table: schemaUserTable },
];

/** All parts in one. */
export const fieldTable: FieldTable = Object.assign({}, ...tableParts.map(({ table }) => table));

/** The table's entry for an event type, or undefined when it is not reviewed. */
export function fieldsOf(eventType: string): EventFields | undefined {
  return Object.hasOwn(fieldTable, eventType) ? fieldTable[eventType] : undefined;
}

/** Aggregate types whose ids are themselves secrets: a device authorization is stored under its device code. */
export const secretIdAggregates: ReadonlySet<string> = new Set(["device_auth"]);
