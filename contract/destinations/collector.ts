import * as z from "zod";
import { answersTooEarly, takenOver } from "./exporters";

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

/** An exporter of the OpenTelemetry Collector, which runs beside the forwarder. */
export const collector = z
  .strictObject({
    /** Port of the pod's loopback at which the Collector takes this destination's records. */
    port: z.int().min(1).max(65_535),
    /** The exporter's component type, and its configuration as the Collector takes it. */
    exporter: z.record(z.string(), z.unknown()),
    /** Names of the variables with credentials that the configuration may refer to as `${env:NAME}`. */
    environment: z.array(variable).default([]),
    /** Names of the files with credentials. */
    files: z.array(fileName).default([]),
    /** TCP ports to which the exporter connects. Default 443. */
    egressPorts: z.array(z.int().min(1).max(65_535)).default([443]),
    /** How long one request may take. Seconds, default 30. */
    timeoutSeconds: z.int().min(1).max(600).default(30),
  })
  .superRefine(({ exporter, environment }, context) => {
    const say = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: "custom", path: ["exporter", ...path], message });
    const types = Object.keys(exporter);
    const [type] = types;
    if (type === undefined || types.length > 1)
      return say(
        [],
        `names ${types.length} exporters: give exactly one and make others destinations of their own`,
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
  });

/** Every text of a configuration, with the path to it. */
function textsIn(value: Value, path: PropertyKey[]): { path: PropertyKey[]; text: string }[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => textsIn(item, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => textsIn(inner, [...path, name]));
}

/** What is wrong with the references in a text. `${NAME}` is `${env:NAME}`, and a default may follow as `:-…`. */
function undeclared(text: string, environment: readonly string[]): string[] {
  return [...text.matchAll(reference)].flatMap(([, inner]) => {
    if (inner === undefined) return [];
    const [, name] = /^(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-.*)?$/s.exec(inner) ?? [];
    if (name === undefined)
      return [`refers to something else than a variable: write ${example}, or $\${ for a plain \${`];
    if (environment.includes(name)) return [];
    return [`refers to \${env:${name}}, which is not declared: give it under environment`];
  });
}

/**
 * What of several destinations gets in one another's way: one Collector runs all exporters, in one environment and
 * with one folder of files. Gives the path below the destinations and what is wrong.
 */
export function sharedNames(
  all: readonly { collector?: z.output<typeof collector> }[],
): { path: PropertyKey[]; message: string }[] {
  return (["environment", "files"] as const).flatMap((kind) => {
    const first = new Map<string, number>();
    return all.flatMap(({ collector }, index) =>
      (collector?.[kind] ?? []).flatMap((name) => {
        const before = first.get(name);
        if (before === undefined) first.set(name, index);
        if (before === undefined || before === index) return [];
        return [
          {
            path: [index, "collector", kind, name],
            message: `is already declared by destinations[${before}], and one Collector runs all exporters: give another name`,
          },
        ];
      }),
    );
  });
}
