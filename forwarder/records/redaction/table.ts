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
 * ZITADEL's public source (internal/repository), older names included.
 */
export const fieldTable: FieldTable = {
  ...userTable,
  ...credentialsTable,
  ...sessionTable,
  ...idpTable,
  ...policyTable,
  ...organizationTable,
  ...instanceTable,
  ...projectTable,
  ...actionTable,
  ...schemaUserTable,
};

/** The table's entry for an event type, or undefined when it is not reviewed. */
export function fieldsOf(eventType: string): EventFields | undefined {
  return Object.hasOwn(fieldTable, eventType) ? fieldTable[eventType] : undefined;
}

/** Aggregate types whose ids are themselves secrets: a device authorization is stored under its device code. */
export const secretIdAggregates: ReadonlySet<string> = new Set(["device_auth"]);
