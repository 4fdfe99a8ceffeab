import * as z from "zod";
import { port, secretFile } from "../schema/values";
import { answersTooEarly, takenOver } from "./exporters";
import type { DestinationKind, KindConflict } from "./kind";

/** What an exporter's configuration is made of. */
type Value = unknown;

/** A variable of the Collector's environment. Capitals alone, so that no two differ by them. */
const variable = z.string().regex(/^[A-Z_][A-Z0-9_]{0,99}$/, {
  error: "must be a variable's name: capital letters, digits and '_', not beginning with a digit",
});

/** A file among the Collector's secrets. */
const fileName = z.string().regex(/^[a-z0-9][-._a-z0-9]{0,99}$/, {
  error:
    "must be a file's name: lower-case letters, digits, '-', '_' and '.', beginning with a letter or digit",
});

/** Settings that hold a credential by their names. */
const credentialName =
  /(?:^|[_-])(?:password|passwd|passphrase|secret|token|credentials?|authorization|connection_string|key_pem|(?:api|access|account|ingest|instrumentation|license|private|secret|shared)_?key)$/i;

/** How a variable is referred to. */
const example = `\${env:NAME}`;

/** What stands in the Collector for something else, `$$` for a `$`. */
const reference = /\$\$|\$\{([^}]*)\}/g;

/** A credential of the Collector's: the forwarder does not get it. */
const collectorCredential = secretFile.meta({ credential: "collector" });

/** Port of the pod's loopback at which the Collector takes the first destination's records; others follow it. */
const firstPort = 4400;

const egressPorts = z.array(port).default([443]).meta({
  description: "TCP ports to which the exporter connects, for the pod's NetworkPolicy.",
});

const settings = z
  .strictObject({
    port: port.meta({
      internal: true,
      description: "Port of the pod's loopback at which the Collector takes this destination's records.",
    }),
    exporter: z.record(z.string(), z.unknown()).meta({
      description:
        'Exactly one exporter by its component type, with its configuration as the Collector takes it: `{ kafka: { brokers: ["kafka:9092"], logs: { topic: "audit" } } }`. Credentials go into `environment` or `files`; `sending_queue` and `retry_on_failure` are switched off and cannot be given.',
    }),
    environment: z
      .record(variable, collectorCredential)
      .default({})
      .meta({
        description: `Variables with credentials in the Collector's environment, by name (capital letters, digits and \`_\`): the exporter's configuration refers to one as \`${example}\`. No two destinations may share a name.`,
        otherwise: "none",
      }),
    files: z.record(fileName, collectorCredential).default({}).meta({
      description:
        "Files with credentials, by name, in `/var/run/secrets/collector`. No two destinations may share a name.",
      otherwise: "none",
    }),
    egressPorts,
    timeoutSeconds: z.int().min(1).max(600).default(30).meta({
      description: "How long the exporter may take for one request, in seconds; longer than its own timeout.",
    }),
  })
  .superRefine(({ exporter, environment }, context) => {
    const say = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: "custom", path: ["exporter", ...path], message });
    const types = Object.keys(exporter);
    const [type] = types;
    if (type === undefined || types.length > 1)
      return say(
        [],
        `has ${types.length} exporters: give exactly one and make others destinations of their own`,
      );
    if (!/^[a-z][a-z0-9_]{0,62}$/.test(type))
      return say([], "must be named by its component type alone, for example { kafka: { … } }");
    if (answersTooEarly[type] !== undefined)
      return say([type], `says yes before it has sent anything: ${answersTooEarly[type]}`);
    const settings = exporter[type];
    if (typeof settings !== "object" || settings === null || Array.isArray(settings))
      return say([type], "must be an object with the exporter's configuration, {} where it needs none");
    for (const setting of takenOver)
      if (setting in settings)
        say([type, setting], "is switched off, so that a yes means that the records are there: take it out");
    for (const { path, text } of textsIn(settings, [type])) {
      for (const name of undeclared(text, environment)) say(path, name);
      if (credentialName.test(String(path.at(-1))) && !text.includes("${"))
        say(
          path,
          `is a credential in the clear, where everybody who sees the configuration reads it: put it into environment and refer to it as ${example}`,
        );
    }
  })
  .meta({
    typeName: "CollectorDestination",
    typeDescription:
      "An exporter of the OpenTelemetry Collector. The Collector runs beside the forwarder in its pod, without a queue and without retries of its own: its answer is the exporter's answer. All exporters run in one Collector, each behind a receiver of its own.",
  });

export const collector = {
  settings,
  description:
    "Send records through an exporter of the OpenTelemetry Collector, for example to Kafka, S3 or Pub/Sub. Delivered means: the exporter says that it was taken.",
  formats: ["otel"],
  acknowledgement: () => "accepted",
  ports: (given) => egressPorts.parse(given.egressPorts),
  placed: (place) => ({ port: firstPort + place }),
  conflicts: sharedNames,
} satisfies DestinationKind<typeof settings>;

/** Every text of a configuration, with the path to it. */
function textsIn(value: Value, path: PropertyKey[]): { path: PropertyKey[]; text: string }[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => textsIn(item, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => textsIn(inner, [...path, name]));
}

/** What is wrong with the references in a text. `${NAME}` is `${env:NAME}`, and a default may follow as `:-…`. */
function undeclared(text: string, environment: object): string[] {
  return [...text.matchAll(reference)].flatMap(([, inner]) => {
    if (inner === undefined) return [];
    const [, name] = /^(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-.*)?$/s.exec(inner) ?? [];
    if (name === undefined)
      return [`refers to something else than a variable: write ${example}, or $\${ for a plain \${`];
    if (Object.hasOwn(environment, name)) return [];
    return [`refers to \${env:${name}}, which is not declared: give it under environment`];
  });
}

/** One Collector runs all exporters, in one environment and with one folder of files. */
function sharedNames(all: readonly { place: number; settings: z.output<typeof settings> }[]): KindConflict[] {
  return (["environment", "files"] as const).flatMap((property) => {
    const first = new Map<string, number>();
    return all.flatMap(({ place, settings }) =>
      Object.keys(settings[property]).flatMap((name) => {
        const before = first.get(name);
        if (before === undefined) first.set(name, place);
        if (before === undefined) return [];
        const message = `is already declared by destinations[${before}], and one Collector runs all exporters: give another name`;
        return [{ place, path: [property, name], message }];
      }),
    );
  });
}
