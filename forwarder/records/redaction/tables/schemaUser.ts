import { each, empty, type FieldTable, fields } from "../fields";
import { codeDelivery } from "./shared";

const sent = fields("generatorInfo.id generatorInfo.verificationId deliverySuppressed");

/** Users with a schema of their own. What they hold is whatever the schema says: it stays. */
export const schemaUserTable: FieldTable = {
  "schemauser.created": fields("id schemaID schemaRevision", { withheld: "user" }),
  "schemauser.updated": fields("schemaID schemaRevision", { withheld: "schema user" }),
  ...each("schemauser.", "activated deactivated deleted locked unlocked", empty),
  "schemauser.email.updated": fields("email"),
  "schemauser.phone.updated": fields("phone"),
  ...each("schemauser.", "email.code.added phone.code.added", codeDelivery),
  ...each("schemauser.", "email.code.sent phone.code.sent", sent),
  ...each(
    "schemauser.",
    "email.verified email.verification.failed phone.verified phone.verification.failed",
    empty,
  ),
  "user_schema.created": fields("schemaType possibleAuthenticators", { withheld: "schema" }),
  "user_schema.updated": fields("schemaType possibleAuthenticators schemaRevision", { withheld: "schema" }),
  ...each("user_schema.", "deactivated reactivated deleted", empty),
};
