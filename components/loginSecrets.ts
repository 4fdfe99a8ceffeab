import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import type { LoginSecretsArgs } from "./arguments";
import { DeclarationError } from "./declaration/declarationError";
import { loginSecretsProblems } from "./declaration/loginProblems";
import { organizationName } from "./declaration/organizationName";
import { structureProblems } from "./declaration/structure";

/** Letters and digits: 43 of them are worth 256 bits. */
const LENGTH = 43;

/**
 * The secrets that login records are signed with: one for each organization and generation. The newest signs, and
 * all are accepted; so they are apart from `LoginActions`, which signs with a new one only after the forwarder has it.
 */
export class LoginSecrets extends pulumi.ComponentResource {
  /** The secrets by the organization's name, in the order of `generations`. */
  readonly values: pulumi.Output<{ [organization: string]: string[] }>;

  constructor(name: string, args: LoginSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    DeclarationError.throwIfAny(`LoginSecrets ${name}`, [
      ...loginSecretsProblems(args),
      ...structureProblems("LoginSecrets", args),
    ]);
    super("zitadel-siem:index:LoginSecrets", name, args, opts);
    this.values = pulumi.secret(
      Object.fromEntries(
        args.organizations
          .map(organizationName)
          .map((organization) => [
            organization,
            args.generations.map((generation) => this.secret(`${name}-${organization}-${generation}`)),
          ]),
      ),
    );
    this.registerOutputs({ values: this.values });
  }

  /** Of RandomPassword: the id of RandomBytes is the secret itself, in the clear. */
  private secret(name: string): pulumi.Output<string> {
    return new RandomPassword(name, { length: LENGTH, special: false }, { parent: this }).result;
  }
}
