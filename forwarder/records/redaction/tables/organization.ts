import { each, empty, type FieldTable, fields } from "../fields";

const member = fields("userId roles");

/** Organizations and the instance's own members. */
export const organizationTable: FieldTable = {
  "org.added": fields("name"),
  "org.changed": fields("name"),
  ...each("org.", "deactivated reactivated removed", empty),
  ...each("org.domain.", "added primary.set removed verification.failed verified", fields("domain")),
  "org.domain.verification.added": fields("domain validationType", { secret: "validationCode" }),
  "org.flow.cleared": fields("flowType"),
  "org.flow.trigger_actions.set": fields("flowType triggerType actionIDs"),
  "org.flow.trigger_actions.cascade.removed": fields("flowType triggerType actionID"),
  ...each("org.member.", "added changed removed cascade.removed", member),
  ...each("org.metadata.", "set removed removed.all", fields("key", { secret: "value" })),
  ...each("instance.member.", "added changed removed cascade.removed", member),
};
