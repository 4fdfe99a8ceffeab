import { each, empty, type FieldTable, fields } from "../fields";

// A script's source may hold credentials anywhere, and so may an endpoint's address.
const action = fields("name timeout allowedToFail", { secret: "script" });
const target = fields("name targetType timeout interruptOnError payloadType", {
  secret: "endpoint signingKey",
});

/** Actions of version 1, and targets and executions of version 2. */
export const actionTable: FieldTable = {
  ...each("action.", "added changed", action),
  ...each("action.", "deactivated reactivated removed", fields("name")),
  ...each("target.", "added changed removed", target),
  "target.key.added": fields("keyId fingerprint expirationDate", { withheld: "publicKey" }),
  ...each("target.key.", "activated deactivated removed", fields("keyId")),
  "execution.set": fields("targets includes"),
  "execution.v2.set": fields("targets.type targets.target"),
  "execution.removed": empty,
};
