import * as pulumi from "@pulumi/pulumi";
import { destinations } from "../../../contract/destinations";
import type {
  Credential,
  DeliveryArgs,
  ForwarderLogins,
  ForwarderReader,
  Reader,
  SigningOrganization,
} from "../../arguments";
import { withCredentials } from "../carry";

/*
 * A component's arguments go into the state with its registration. So credentials given by value are marked as
 * secrets before that, whether the user marked them or not.
 */

function secretCredential<T extends Credential>(credential: T): T {
  if (credential.value === undefined) return credential;
  return { ...credential, value: pulumi.secret(credential.value) };
}

/** The same declaration of a reader with every credential marked as a secret. */
export function secretReader<T extends Reader | ForwarderReader>(reader: T): T {
  const { existingKey, personalAccessToken } = reader;
  return {
    ...reader,
    ...(existingKey && { existingKey: secretCredential(existingKey) }),
    ...(personalAccessToken && { personalAccessToken: secretCredential(personalAccessToken) }),
    ...("machineKeys" in reader && reader.machineKeys && { machineKeys: pulumi.secret(reader.machineKeys) }),
  };
}

/** The same declaration of login records with every secret marked as one. */
export function secretLogins(logins: ForwarderLogins): ForwarderLogins {
  const organizations = logins.organizations.map((organization) => ({
    ...organization,
    secrets: organization.secrets.map(secretCredential),
  }));
  const targets = logins.webhook?.targets?.map((target) => ({
    ...target,
    signingKeys: target.signingKeys.map(secretCredential),
  }));
  return {
    ...logins,
    organizations,
    ...(targets && { webhook: { ...logins.webhook, targets } }),
  };
}

/** The same organizations with every secret marked as one. */
export const secretOrganizations = (organizations: SigningOrganization[]): SigningOrganization[] =>
  organizations.map((one) =>
    one.secret === undefined ? one : { ...one, secret: pulumi.secret(one.secret) },
  );

/** The same declaration of a delivery with every credential marked as a secret. */
export function secretDelivery<T extends DeliveryArgs>(args: T): T {
  const { ca } = args.zitadel;
  return {
    ...args,
    ...(ca && { zitadel: { ...args.zitadel, ca: secretCredential(ca) } }),
    destinations: withCredentials(destinations, args.destinations, secretCredential),
  };
}
