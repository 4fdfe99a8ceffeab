import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as zitadel from "@pulumiverse/zitadel";
import { defaults } from "../contract/declaration/defaults";
import type { ExtraField } from "../contract/declaration/logins";
import { actionName, type LoginPlace, loginPlaces, placeName } from "./actions/loginPlaces";
import { loginScript } from "./actions/loginScript";
import type { LoginActionsArgs, SigningOrganization } from "./arguments";
import { secretOrganizations } from "./declaration/credentials/secretInputs";
import { DeclarationError } from "./declaration/declarationError";
import { loginActionsProblems, timeoutProblems } from "./declaration/loginProblems";
import { organizationName } from "./declaration/organizationName";
import type { Read } from "./declaration/read";
import { readPlain } from "./declaration/read";
import { structureProblems } from "./declaration/structure";
import { LoginSecrets } from "./loginSecrets";

/** An Action and where it is bound, or with `bind: false` is to be bound. */
export interface LoginBinding {
  /** Id of the organization. */
  organizationId: string;
  /** The flow, as ZITADEL's provider calls it: `FLOW_TYPE_INTERNAL_AUTHENTICATION`. */
  flowType: string;
  /** The trigger, as ZITADEL's provider calls it: `TRIGGER_TYPE_POST_AUTHENTICATION`. */
  triggerType: string;
  /** Id of the Action. */
  actionId: string;
}

/**
 * The Actions that report logins from inside ZITADEL, and their bindings: one Action for each organization, flow and
 * trigger. What others have bound there stays bound. A failing or slow script never fails a login: the Actions are
 * allowed to fail, and a login waits for one no longer than `timeoutSeconds`.
 *
 * Run it with refresh: on an old state the list of a trigger's actions cannot be told, and `up` may fail.
 */
export class LoginActions extends pulumi.ComponentResource {
  /** Ids of the Actions, in the order of `bindings`. */
  readonly actionIds: pulumi.Output<string[]>;
  /** Every Action and where it is bound, or with `bind: false` is to be bound. */
  readonly bindings: pulumi.Output<LoginBinding[]>;
  /** The secrets that `secrets` made, by the organization's name, the newest last. */
  readonly secrets: pulumi.Output<{ [organization: string]: string[] }>;

  constructor(name: string, args: LoginActionsArgs, opts?: pulumi.ComponentResourceOptions) {
    DeclarationError.throwIfAny(`LoginActions ${name}`, [
      ...loginActionsProblems(args),
      ...structureProblems("LoginActions", args),
    ]);
    const declared = { ...args, organizations: secretOrganizations(args.organizations) };
    super("zitadel-siem:index:LoginActions", name, declared, opts);
    this.secrets = this.createSecrets(name, declared);
    const bindings = declared.organizations.flatMap((organization) =>
      loginPlaces(declared).map((place) => this.report(name, declared, organization, place)),
    );
    this.bindings = pulumi.output(bindings);
    this.actionIds = this.bindings.apply((bound) => bound.map(({ actionId }) => actionId));
    this.registerOutputs({ actionIds: this.actionIds, bindings: this.bindings, secrets: this.secrets });
  }

  private createSecrets(name: string, { organizations, secrets }: LoginActionsArgs): LoginSecrets["values"] {
    if (!secrets) return pulumi.output<{ [organization: string]: string[] }>({});
    const unsigned = organizations.map(({ id, name }) => ({ id, name }));
    return new LoginSecrets(name, { organizations: unsigned, generations: secrets }, { parent: this }).values;
  }

  /** The Action of one organization, flow and trigger, bound as declared. */
  private report(
    name: string,
    args: LoginActionsArgs,
    organization: SigningOrganization,
    place: LoginPlace,
  ): pulumi.Output<LoginBinding> {
    const where = { orgId: organization.id, flowType: place.flowType, triggerType: place.triggerType };
    const logicalName = `${name}-${organizationName(organization)}-${placeName(place)}`;
    const action = new zitadel.Action(logicalName, this.actionArgs(name, args, organization, place), {
      parent: this,
      // It holds the secret; the provider itself knows of no secret in an Action.
      additionalSecretOutputs: ["script"],
    });
    if (args.bind !== false) this.bind(logicalName, where, action);
    const { flowType, triggerType } = where;
    return pulumi.output({ organizationId: where.orgId, flowType, triggerType, actionId: action.id });
  }

  private actionArgs(
    name: string,
    args: LoginActionsArgs,
    organization: SigningOrganization,
    place: LoginPlace,
  ): zitadel.ActionArgs {
    const { id } = organization;
    const secret =
      organization.secret ?? this.secrets[organizationName(organization)]![args.secrets!.length - 1]!;
    const ownName = actionName(place, ownMark(name));
    const script = pulumi.all([id, secret, args.webhook?.url]).apply(([organizationId, secret, url]) => {
      const read: Read = (input, placeholder) => {
        if (input === id) return organizationId as typeof placeholder;
        if (input === args.webhook?.url) return url as typeof placeholder;
        return readPlain(input, placeholder);
      };
      DeclarationError.throwIfAny(`LoginActions ${name}`, loginActionsProblems(args, read));
      return loginScript({
        actionName: ownName,
        organizationId,
        secret,
        flow: place.flow,
        trigger: place.trigger,
        webhook: url === undefined ? undefined : { url },
        log: args.log ?? defaults.loginLog,
        extraFields: (args.extraFields ?? []) as ExtraField[],
      });
    });
    return {
      orgId: id,
      name: ownName,
      script: pulumi.secret(script),
      timeout: pulumi.output(args.timeoutSeconds ?? defaults.loginTimeoutSeconds).apply((seconds) => {
        const problems = timeoutProblems(seconds, "");
        DeclarationError.throwIfAny(`LoginActions ${name}`, problems);
        return `${seconds}s`;
      }),
      allowedToFail: true,
    };
  }

  /**
   * Adds the Action to what is bound. The list is read once the Action exists, and its deletion is left to the
   * deletion of the Action, which takes it off the list in ZITADEL and leaves the others there.
   */
  private bind(name: string, where: zitadel.GetTriggerActionsOutputArgs, action: zitadel.Action): void {
    const actionIds = pulumi.all([where, action.id]).apply(async ([known, own]) => {
      // Where the provider is not yet configured, in a preview, the engine answers nothing.
      const { actionIds: bound = [] } = await zitadel.getTriggerActions(known, { parent: this });
      return bound.includes(own) ? bound : [...bound, own];
    });
    new zitadel.TriggerActions(name, { ...where, actionIds }, { parent: this, retainOnDelete: true });
  }
}

/** Tells this component's Actions from those of other stacks that report from the same organization. */
function ownMark(name: string): string {
  const owner = [pulumi.getProject(), pulumi.getStack(), name].join("/");
  return createHash("sha256").update(owner).digest("hex").slice(0, 10);
}
