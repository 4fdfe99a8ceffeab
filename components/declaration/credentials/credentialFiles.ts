import * as pulumi from "@pulumi/pulumi";
import type {
  Credential,
  DeliveryArgs,
  ForwarderArgs,
  ForwarderLogins,
  LoginOrganization,
} from "../../arguments";
import { DeclarationError } from "../declarationError";
import { credentialPath, destinationCredentials, destinationFile } from "../destinationConfiguration";
import { credentialText } from "../lateText";
import { organizationName } from "../organizationName";

/** A credential, the file below the forwarder's secrets folder that holds it, and where it was declared. */
export interface CredentialFile {
  /** File name; also the key in the component's own Secret, hence without folders. */
  file: string;
  /** Property path of the credential, for example `destinations[1].http.bearer`. */
  path: string;
  credential: Credential;
}

export const zitadelCaFile = "zitadel-ca.pem";
export const existingKeyFile = "zitadel-machine-key.json";
export const personalAccessTokenFile = "zitadel-personal-access-token";

/** File of a machine key, by the id that ZITADEL gave it: the other keys keep their names when one comes or goes. */
export const machineKeyFile = (keyId: string) => `zitadel-machine-key-${keyId}.json`;

/**
 * File of one generation of an organization's secret. The names of both are in it, so that another organization
 * or generation that comes or goes never gives a file another meaning to a pod that still runs.
 */
export const loginSecretFile = (organization: LoginOrganization, generation: string) =>
  `login-${organizationName(organization)}.${generation}`;

/** Every credential of the declaration but the reader's own and those of logins. */
export function deliveryCredentials(args: DeliveryArgs): CredentialFile[] {
  const ca = args.zitadel?.ca;
  return [
    ...(ca ? [{ file: zitadelCaFile, path: "zitadel.ca", credential: ca }] : []),
    ...args.destinations.flatMap((destination, index) =>
      destinationCredentials(destination, "forwarder").map(({ path, credential }) => ({
        file: destinationFile(destination, path),
        path: credentialPath(index, path),
        credential,
      })),
    ),
  ];
}

/** File of one generation of a target's signing key. */
export const targetKeyFile = (target: string, generation: string) => `target-${target}.${generation}`;

function targetKeys({ webhook }: ForwarderLogins): CredentialFile[] {
  return (webhook?.targets ?? []).flatMap((target, place) =>
    target.signingKeys.map(({ name, ...credential }, index) => ({
      file: targetKeyFile(target.name, name),
      path: `logins.webhook.targets[${place}].signingKeys[${index}]`,
      credential,
    })),
  );
}

/** Files of the webhook listener's certificate and its key. */
export const webhookCertificateFiles = { certificate: "webhook.pem", key: "webhook-key.pem" };

/** By the keys that a Secret of type kubernetes.io/tls has. */
function webhookCertificate({ webhook }: ForwarderLogins): CredentialFile[] {
  if (webhook?.tlsSecretName === undefined) return [];
  const { tlsSecretName: name } = webhook;
  const { certificate, key } = webhookCertificateFiles;
  return [
    { file: certificate, key: "tls.crt" },
    { file: key, key: "tls.key" },
  ].map(({ file, key }) => ({
    file,
    path: "logins.webhook.tlsSecretName",
    credential: { secret: { name, key } },
  }));
}

function loginSecrets({ organizations }: ForwarderLogins): CredentialFile[] {
  return organizations.flatMap((organization, place) =>
    organization.secrets.map(({ name, ...credential }, index) => ({
      file: loginSecretFile(organization, name),
      path: `logins.organizations[${place}].secrets[${index}]`,
      credential,
    })),
  );
}

/** Every credential of a forwarder but the machine keys, which may not be known yet. */
export function forwarderCredentials(args: ForwarderArgs): CredentialFile[] {
  const { existingKey, personalAccessToken } = args.reader;
  return [
    ...(existingKey ? [{ file: existingKeyFile, path: "reader.existingKey", credential: existingKey }] : []),
    ...(personalAccessToken
      ? [
          {
            file: personalAccessTokenFile,
            path: "reader.personalAccessToken",
            credential: personalAccessToken,
          },
        ]
      : []),
    ...deliveryCredentials(args),
    ...(args.logins
      ? [...loginSecrets(args.logins), ...targetKeys(args.logins), ...webhookCertificate(args.logins)]
      : []),
  ];
}

/** Files of the machine keys, in their order. A key's id is no secret, so neither are the names. */
export const machineKeyFiles = (keys: pulumi.Input<pulumi.Input<string>[]>): pulumi.Output<string[]> =>
  pulumi.unsecret(pulumi.output(keys).apply((known) => known.map(fileOfKey)));

/** What the component's own Secret holds: every credential that was given by value, by its file. */
export function credentialValues(
  files: readonly CredentialFile[],
  machineKeys: pulumi.Input<pulumi.Input<string>[]>,
): pulumi.Output<{ [file: string]: string }> {
  const given = files.flatMap(({ file, path, credential: { value } }) =>
    value === undefined
      ? []
      : [{ file, value: pulumi.output(value).apply((known) => credentialText(known, path)) }],
  );
  const keys = pulumi
    .output(machineKeys)
    .apply((known) => known.map((key, index) => ({ file: fileOfKey(key, index), value: key })));
  return pulumi.secret(
    pulumi
      .all([pulumi.output(given), keys])
      .apply((groups) => Object.fromEntries(groups.flat().map(({ file, value }) => [file, value]))),
  );
}

function fileOfKey(key: string, index: number): string {
  const id = keyId(key);
  if (id) return machineKeyFile(id);
  throw new DeclarationError("Forwarder", [
    {
      path: `reader.machineKeys[${index}]`,
      message: "is no machine key: give the JSON that ZITADEL answers when a key of type JSON is created",
    },
  ]);
}

function keyId(key: string): string | undefined {
  try {
    const { keyId: id } = JSON.parse(key) as { keyId?: unknown };
    return typeof id === "string" && /^[-._A-Za-z0-9]+$/.test(id) ? id : undefined;
  } catch {
    return undefined;
  }
}
