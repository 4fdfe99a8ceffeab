import type * as pulumi from "@pulumi/pulumi";
import type { CredentialFile } from "../declaration/credentials/credentialFiles";
import { collectorCredentialsName, credentialsName, metadataOf, type Workload } from "./workload";

/** The Secret with the credentials that were given by value, a key for each file. */
export const credentialsSecret = (
  workload: Workload,
  files: pulumi.Input<{ [file: string]: pulumi.Input<string> }>,
) => secret(workload, credentialsName(workload), files);

/** The Secret with the credentials of the Collector's exporters that were given by value. */
export const collectorSecret = (
  workload: Workload,
  values: pulumi.Input<{ [name: string]: pulumi.Input<string> }>,
) => secret(workload, collectorCredentialsName(workload), values);

const secret = (
  workload: Workload,
  name: string,
  stringData: pulumi.Input<{ [key: string]: pulumi.Input<string> }>,
) => ({
  apiVersion: "v1" as const,
  kind: "Secret" as const,
  metadata: metadataOf(workload, name),
  type: "Opaque",
  stringData,
});

/**
 * The one volume with every credential: the component's own Secret and single keys of existing ones. A projected
 * volume follows changes of all of them without a restart.
 */
export const credentialsVolume = (
  workload: Workload,
  files: readonly CredentialFile[],
  ownSecret: boolean,
) => ({
  name: "secrets",
  projected: {
    defaultMode: 0o440,
    sources: [
      ...(ownSecret ? [{ secret: { name: credentialsName(workload) } }] : []),
      ...files.flatMap(({ file, credential: { secret } }) =>
        secret ? [{ secret: { name: secret.name, items: [{ key: secret.key, path: file }] } }] : [],
      ),
    ],
  },
});
