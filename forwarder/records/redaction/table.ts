import { type EventFields, empty, type FieldTable, fields } from "./fields";

/** The reviewed table: every event type of ZITADEL that is known, and what may leave of its payload. */
export const fieldTable: FieldTable = {
  "org.added": fields("name"),
  "org.changed": fields("name"),
  "org.deactivated": empty,
  "org.reactivated": empty,
  "user.locked": empty,
  "user.username.changed": fields("userName"),
  "user.human.added": fields(
    "userName firstName lastName nickName displayName preferredLanguage gender email phone changeRequired",
    { secret: "secret encodedHash" },
  ),
};

/** The table's entry for an event type, or undefined when it is not reviewed. */
export function fieldsOf(eventType: string): EventFields | undefined {
  return Object.hasOwn(fieldTable, eventType) ? fieldTable[eventType] : undefined;
}
