import * as z from "zod";
import { bytes } from "../schema/values";
import { filter } from "./filter";
import { defaultOcsfVersion, ocsfVersion, recordFormat } from "./formats";
import { personalData } from "./personalData";
import {
  type DestinationKind,
  type DestinationSettings,
  type destinationKinds,
  kindNames,
  kindOf,
} from "./registry";

/** Requests that are under way at once where order does not matter and nothing is given. */
const IN_FLIGHT = 4;

const batching = z
  .strictObject({
    maxRecords: z
      .int()
      .min(1)
      .max(10_000)
      .default(500)
      .meta({ description: "Records in one request at most." }),
    maxBytes: bytes
      .max(64 << 20)
      .default(1 << 20)
      .meta({ description: "Bytes of one request's body before compression at most." }),
    inFlight: z
      .int()
      .min(1)
      .max(64)
      .optional()
      .meta({
        description: "Requests under way at once.",
        otherwise: `${IN_FLIGHT}, and 1 where requests are sent in order`,
      }),
  })
  .meta({ typeName: "Batching", typeDescription: "How records are put together into requests." });

/** The settings of each kind as a property of a destination. */
const kindProperties = Object.fromEntries(
  kindNames.map((name) => [
    name,
    kindOf(name)
      .settings.optional()
      .meta({ description: kindOf(name).description, choice: true }),
  ]),
) as {
  [K in DestinationKind]: z.ZodOptional<(typeof destinationKinds)[K]["settings"]>;
};

/** Kinds as a destination's declaration has them: those that are given. */
type GivenKinds = { [K in DestinationKind]?: unknown };

/** The kinds that a destination gives: in a right one exactly one. */
export const kindsIn = (destination: GivenKinds): DestinationKind[] =>
  kindNames.filter((name) => destination[name] !== undefined);

/** A format that is right, for one that is not known yet. */
const unknownFormat = (beside: GivenKinds) => {
  const [name] = kindsIn(beside);
  const { formats } = kindOf(name ?? "http");
  return formats.includes("ocsf") ? "ocsf" : formats[0];
};

export const destination = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/, {
        error:
          "must be 1 to 40 lower-case letters, digits and '-', beginning and ending with a letter or digit",
      })
      .meta({
        plain: true,
        sample: "unknown",
        description:
          "Name of the destination, 1 to 40 lower-case letters, digits and `-`. It names the position in the journal: under another name it is another destination, which begins with what comes from then on.",
      }),
    ...kindProperties,
    format: recordFormat.optional().meta({
      description:
        "Format of each record: `zitadel` (the event as read, redacted, in a small envelope), `ecs` (Elastic Common Schema), `ocsf` (Open Cybersecurity Schema Framework) or `otel` (a LogRecord of OpenTelemetry as JSON).",
      otherwise: defaultFormats(),
      sample: unknownFormat,
    }),
    ocsfVersion: ocsfVersion.optional().meta({
      description: "Version of OCSF for the format `ocsf`.",
      otherwise: `\`${defaultOcsfVersion}\`, which most tools read`,
    }),
    filter: filter.optional().meta({ description: "Which records go there.", otherwise: "every record" }),
    personalData: personalData.optional().meta({
      description: "What becomes of personal data on its way there.",
      otherwise: "that it is kept",
    }),
    batch: batching.prefault({}).meta({
      description: "How many records are sent at once.",
      otherwise: "what suits most receivers",
    }),
  })
  .superRefine((given, context) => {
    const issue = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    const { format, ocsfVersion, batch } = given;
    const kinds = kindsIn(given);
    const [name] = kinds;
    if (name === undefined || kinds.length > 1) {
      issue([], kindsProblem(kinds));
      return;
    }
    const { formats, ordered } = kindOf(name);
    if (ocsfVersion !== undefined && format !== "ocsf")
      issue(["ocsfVersion"], 'goes with the format "ocsf" alone: set format, or leave it out');
    if (ordered?.(given[name]) && (batch.inFlight ?? 1) !== 1)
      issue(["batch", "inFlight"], `must be 1, or left out: ${name}.ordered sends one request at a time`);
    if (format !== undefined && !formats.includes(format))
      issue(["format"], `must be ${formats.join(" or ")}, or left out: ${name} carries nothing else`);
  })
  .transform((given) => {
    const [name] = kindsIn(given);
    const { formats, ordered } = kindOf(name!);
    return {
      ...given,
      format: given.format ?? formats[0],
      batch: { ...given.batch, inFlight: given.batch.inFlight ?? (ordered?.(given[name!]) ? 1 : IN_FLIGHT) },
    };
  })
  .meta({
    typeName: "Destination",
    typeDescription:
      "A destination: a name and exactly one kind. Every destination gets every record that its filter lets through, at its own pace: a slow or dead one holds up no other.",
  });

/** The default of `format`, as a sentence has it: "`zitadel`, `ecs` for `elasticsearch`, …". */
function defaultFormats(): string {
  const others = kindNames.filter((name) => kindOf(name).formats[0] !== "zitadel");
  const each = others.map((name) => `\`${kindOf(name).formats[0]}\` for \`${name}\``);
  return ["`zitadel`", ...each].join(", ");
}

function kindsProblem(kinds: readonly DestinationKind[]): string {
  return kinds.length === 0
    ? `has no kind: give exactly one of ${kindNames.join(", ")}`
    : `has ${kinds.length} kinds (${kinds.join(", ")}): give exactly one and make the others destinations of their own`;
}

/** Where records go. */
export const destinations = z
  .array(destination)
  .min(1, {
    error: 'is empty: declare at least one destination, for example { name: "soc", http: { url } }',
  })
  .superRefine((all, context) => {
    for (const name of kindNames)
      for (const { place, path, message } of conflictsOf(name, all))
        context.addIssue({ code: "custom", path: [place, name, ...path], message });
    const seen = new Map<string, number>();
    for (const [index, { name }] of all.entries()) {
      const first = seen.get(name);
      if (first === undefined) seen.set(name, index);
      else
        context.addIssue({
          code: "custom",
          path: [index, "name"],
          message: `"${name}" is already the name of destinations[${first}]: names tell lanes apart, give another`,
        });
    }
  })
  .meta({
    description: "Where records go, each destination with a name of its own.",
    remedy: 'declare at least one destination, for example [{ name: "soc", http: { url } }]',
  });

function conflictsOf(name: DestinationKind, all: readonly GivenKinds[]) {
  const ofKind = all.flatMap((one, place) =>
    one[name] === undefined ? [] : [{ place, settings: one[name] as DestinationSettings<never> }],
  );
  return kindOf(name).conflicts?.(ofKind) ?? [];
}
