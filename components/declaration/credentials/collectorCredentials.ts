import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../../../contract";
import type { Credential, Destination } from "../../arguments";
import { credentialPath, destinationCredentials } from "../destinationConfiguration";
import { credentialText } from "../lateText";

/** A credential of the Collector's exporters, which the forwarder itself does not get. */
export interface CollectorCredential {
  kind: "environment" | "files";
  /** The variable or the file; also the key in the Collector's own Secret, where no two are alike. */
  name: string;
  /** Where it was declared, for example `destinations[1].collector.environment.KAFKA_PASSWORD`. */
  path: string;
  credential: Credential;
}

/** Every credential of the exporters. */
export const collectorCredentials = (destinations: readonly Destination[]): CollectorCredential[] =>
  destinations.flatMap((destination, index) =>
    destinationCredentials(destination, "collector").map(({ path, credential }) => ({
      kind: path.at(-2) as CollectorCredential["kind"],
      name: String(path.at(-1)),
      path: credentialPath(index, path),
      credential,
    })),
  );

/** What the Collector's own Secret holds: every credential that was given by value, by its name. */
export function collectorValues(
  credentials: readonly CollectorCredential[],
): pulumi.Output<{ [name: string]: string }> | undefined {
  const given = credentials.flatMap(({ name, path, credential: { value } }) =>
    value === undefined
      ? []
      : [[name, pulumi.secret(value).apply((known) => credentialText(known, path))] as const],
  );
  return given.length === 0 ? undefined : pulumi.all(Object.fromEntries(given));
}

/** The exporters in whose configuration something is marked as a secret: it would be readable in a ConfigMap. */
export async function secretExporters(destinations: readonly Destination[]): Promise<Problem[]> {
  const marked = await Promise.all(
    destinations.map(({ collector }) => pulumi.isSecret(pulumi.output(collector?.exporter))),
  );
  return marked.flatMap((isMarked, index) =>
    isMarked
      ? [
          {
            path: `destinations[${index}].collector.exporter`,
            message: `holds a secret, which everybody who sees the configuration would read: put it into environment and refer to it as \${env:NAME}`,
          },
        ]
      : [],
  );
}
