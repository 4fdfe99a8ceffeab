import * as pulumi from "@pulumi/pulumi";
import type { ConfigurationProblem } from "../../contract";
import type { CollectorDestination } from "../arguments/collectorDestination";
import type { Credential } from "../arguments/credential";
import type { Destination } from "../arguments/destinations";

/** A credential of the Collector's exporters, which the forwarder itself does not get. */
export interface CollectorCredential {
  kind: "environment" | "files";
  /** The variable or the file; also the key in the Collector's own Secret, where no two are alike. */
  name: string;
  /** Where it was declared, for example `destinations[1].collector.environment.KAFKA_PASSWORD`. */
  path: string;
  credential: Credential;
}

const kinds = ["environment", "files"] as const;

/** Every credential of the exporters. */
export const collectorCredentials = (destinations: readonly Destination[]): CollectorCredential[] =>
  destinations.flatMap(({ collector }, index) =>
    kinds.flatMap((kind) =>
      Object.entries(collector?.[kind] ?? {}).map(([name, credential]) => ({
        kind,
        name,
        path: `destinations[${index}].collector.${kind}.${name}`,
        credential,
      })),
    ),
  );

/** The same exporter with every credential changed. */
export function withCollectorCredentials(
  collector: CollectorDestination,
  change: (credential: Credential) => Credential,
): CollectorDestination {
  const changed = kinds.flatMap((kind) => {
    const credentials = collector[kind];
    if (!credentials) return [];
    const each = Object.entries(credentials).map(([name, credential]) => [name, change(credential)]);
    return [[kind, Object.fromEntries(each)]];
  });
  return { ...collector, ...Object.fromEntries(changed) };
}

/** What the Collector's own Secret holds: every credential that was given by value, by its name. */
export function collectorValues(
  credentials: readonly CollectorCredential[],
): pulumi.Output<{ [name: string]: string }> | undefined {
  const given = credentials.flatMap(({ name, credential: { value } }) =>
    value === undefined ? [] : [[name, pulumi.secret(value)] as const],
  );
  return given.length === 0 ? undefined : pulumi.all(Object.fromEntries(given));
}

/** The exporters in whose configuration something is marked as a secret: it would be readable in a ConfigMap. */
export async function secretExporters(destinations: readonly Destination[]): Promise<ConfigurationProblem[]> {
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
