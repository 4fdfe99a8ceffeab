/** A behaviour of the real provider on which programs of this project rely, or which they have to work round. */
export interface Behaviour {
  says: string;
  /** Where it is seen: a file of the provider's sources, or a recording of a real ZITADEL. */
  source: string;
}

const provider = (file: string) => `terraform-provider-zitadel v1.2.0, zitadel/${file}`;
const bridge = (file: string) => `pulumi-terraform-bridge v3.62.0, pkg/tfbridge/${file}`;
const recordings = (...names: string[]) =>
  `test/recordings: ${names.map((name) => `mgmt-${name}.json`).join(", ")}`;

/**
 * What the `zitadel` plugin here does as the real one does, pulumiverse/zitadel 0.2.0. Each line has a test of the same
 * name in `test/plugins/zitadel*.test.ts`. A behaviour that is not listed must not be relied on.
 */
export const behaviours = {
  signIn: {
    says: "signs in by a JWT profile from `token` or `jwtProfileFile` (paths) or `jwtProfileJson`; without one it cannot be configured",
    source: provider("helper/client.go"),
  },
  signInLate: {
    says: "a key that ZITADEL does not take is found out at the first call, not at the configuration",
    source: provider("helper/client.go"),
  },
  actionLife: {
    says: "an action is created, changed in place and deleted; its `state` is known only after a refresh",
    source: `${provider("action/funcs.go")}; ${recordings("action-create", "action-update", "action-delete-2")}`,
  },
  actionNoChanges: {
    says: "an update of an action to what ZITADEL holds already fails",
    source: `${provider("action/funcs.go")}; ${recordings("action-update-no-changes")}`,
  },
  actionGone: {
    says: "the deletion of an action that is gone fails; a refresh finds out",
    source: `${provider("action/funcs.go")}; ${recordings("action-delete-gone")}`,
  },
  actionTimeout: {
    says: "a refresh gives an action's timeout in Go's form: `60s` comes back as `1m0s` and is a change",
    source: provider("action/funcs.go"),
  },
  actionNames: {
    says: "an action's name is unique in its organization",
    source: recordings("action-create-duplicate-name"),
  },
  triggerAuthoritative: {
    says: "TriggerActions sets the whole list of its organization, flow and trigger, whatever is bound there",
    source: `${provider("trigger_actions/funcs.go")}; ${recordings("trigger-set")}`,
  },
  triggerNoChanges: {
    says: "TriggerActions with exactly what is bound already fails, in create and in update",
    source: `${provider("trigger_actions/funcs.go")}; ${recordings("trigger-set-no-changes", "trigger-clear-no-changes")}`,
  },
  triggerSet: {
    says: "`actionIds` is a set: another order is no change, and the given order is not kept",
    source: provider("trigger_actions/resource.go"),
  },
  triggerDeletedAction: {
    says: "TriggerActions that names a deleted action fails",
    source: recordings("trigger-set-unknown-action"),
  },
  triggerDelete: {
    says: "the deletion of TriggerActions empties the list, and fails where it is empty already",
    source: `${provider("trigger_actions/funcs.go")}; ${recordings("trigger-clear", "trigger-clear-no-changes")}`,
  },
  triggerUnbound: {
    says: "the deletion of an action takes it out of every list and leaves the others there",
    source: recordings("action-delete-bound", "flow-get-after-delete"),
  },
  triggerNeverGone: {
    says: "a refresh of TriggerActions never finds it gone: it finds what is bound now, in the worst case nothing",
    source: provider("trigger_actions/funcs.go"),
  },
  triggerReplace: {
    says: "another flow, trigger or organization makes another TriggerActions, the new one before the old goes",
    source: provider("trigger_actions/resource.go"),
  },
  getTriggerActions: {
    says: "getTriggerActions answers the ids that are bound, and an empty list where nothing is",
    source: `${provider("trigger_actions/datasource.go")}; ${recordings("flow-get-3")}`,
  },
  getTriggerActionsUnknown: {
    says: "getTriggerActions is not answered while an argument is unknown: the engine leaves it out, and it is required",
    source: "pulumi v3.259.0, sdk/go/common/resource/plugin/provider_plugin.go (Invoke keeps no unknowns)",
  },
  userLife: {
    says: "a machine user is created, read back, renamed and changed in place, and deleted",
    source: `${provider("machine_user/funcs.go")}; ${recordings("machine-user-create", "machine-user-get", "machine-user-delete")}`,
  },
  userDuplicate: {
    says: "a user name is taken once",
    source: recordings("machine-user-create-duplicate"),
  },
  keyDetails: {
    says: "a machine key's `keyDetails` is the key file's JSON, a secret, and told at the creation only: a refresh keeps it",
    source: `${provider("machine_key/funcs.go")}; ${recordings("machine-key-add", "machine-key-get")}`,
  },
  keyImmutable: {
    says: "every change of a machine key replaces it, the new one before the old goes",
    source: provider("machine_key/resource.go"),
  },
  keyExpiry: {
    says: "a refresh gives a key's expiry as UTC in whole seconds: another form of the same time is then a change",
    source: provider("machine_key/funcs.go"),
  },
  keyNoExpiry: {
    says: "a key's expiry that is left out comes back as 9999-12-31T23:59:59Z, which is no change",
    source: `${provider("machine_key/resource.go")} (Computed); ${recordings("machine-key-get-no-expiry")}`,
  },
  tokenNoExpiry: {
    says: "a personal access token's expiry that is left out comes back likewise, and replaces the token: give one",
    source: `${provider("pat/resource.go")} (not Computed)`,
  },
  tokenSecret: {
    says: "a personal access token's `token` is a secret, told at the creation only",
    source: provider("pat/funcs.go"),
  },
  memberOne: {
    says: "a user has one instance membership with all its roles: a second InstanceMember fails",
    source: `${provider("instance_member/funcs.go")}; ${recordings("instance-member-add", "instance-member-add-again")}`,
  },
  memberRoles: {
    says: "InstanceMember's roles are a set that an update replaces; another user replaces the member",
    source: provider("instance_member/resource.go"),
  },
  organizationLeftOut: {
    says: "an `orgId` that is left out is filled by a refresh of actions, at once for machine users, and then replaces: give it",
    source: `${provider("helper/schema.go")} (ForceNew, not Computed); action/funcs.go; machine_user/funcs.go`,
  },
  organizationForm: {
    says: "`orgId` must be 18 digits",
    source: provider("helper/schema.go"),
  },
  enumValues: {
    says: "flow, trigger, key and token types are checked at the preview",
    source: provider("helper/helper.go"),
  },
  required: {
    says: "a required argument that is missing is found at the preview",
    source: provider("*/resource.go"),
  },
  refreshGone: {
    says: "a refresh reports what was deleted in ZITADEL as gone",
    source: `${provider("*/funcs.go")}; ${recordings("machine-key-get-gone")}`,
  },
  refreshDrift: {
    says: "a refresh brings in what was changed in ZITADEL, as the new inputs too",
    source: bridge("schema.go, ExtractInputsFromOutputs"),
  },
  imported: {
    says: "an existing object is imported by an id with its parts between colons",
    source: provider("helper/import.go"),
  },
  previewCreate: {
    says: "a preview of a creation calls nothing; what ZITADEL will give is unknown",
    source: bridge("provider.go, Create"),
  },
  previewUpdate: {
    says: "a preview of an update calls nothing and keeps what ZITADEL has given",
    source: bridge("provider.go, Update"),
  },
  unknownReplaces: {
    says: "an unknown value of an argument that cannot change means a replacement",
    source: `${bridge("provider.go, Diff")}; terraform-plugin-sdk, helper/schema: an unknown ForceNew attribute requires a new resource`,
  },
  autoname: {
    says: "a name that is left out is the resource's name and seven characters, kept over updates",
    source: "pulumi-zitadel v0.2.0, provider/resources.go (SetAutonaming)",
  },
  deleteBeforeReplace: {
    says: "with a name of its own an action or machine user is deleted before its replacement is made",
    source: bridge("schema.go, nameRequiresDeleteBeforeReplace"),
  },
  failedUpdate: {
    says: "a failed update leaves the new values in the state; the next one without a change then calls nothing",
    source: bridge("provider.go, Update (initializationError)"),
  },
} satisfies Record<string, Behaviour>;
