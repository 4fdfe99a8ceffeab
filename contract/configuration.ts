import * as z from "zod";
import { destinations } from "./destinations";
import { events, releasedField } from "./events";
import { logins } from "./logins";
import { enumeration } from "./schema/described";
import { type Problem, problemsOf } from "./schema/problems";
import { bytes } from "./schema/values";
import { zitadel } from "./zitadel";

/** How much the forwarder logs. */
export const logLevel = enumeration("LogLevel", "How much the forwarder logs.", {
  Debug: ["debug", "Every read and every request."],
  Info: ["info", "What an operator wants to know."],
  Warn: ["warn", "What may need attention."],
  Error: ["error", "What failed."],
});

/** What keeps the journal. */
export const storageKind = enumeration("StorageKind", "What keeps the journal.", {
  Volume: ["volume", "A PersistentVolume: the journal outlives the pod."],
  Ephemeral: ["ephemeral", "A directory of the pod: the journal ends with it."],
});

/**
 * The forwarder's configuration: what the component writes into its ConfigMap and the forwarder reads at
 * start. One schema for both, so that what `pulumi preview` accepts the forwarder accepts too.
 *
 * It holds no secret and no absolute path: a credential is named by its file below the folder that the
 * forwarder gets as `--secrets`, and those files are read again when they change.
 */
export const configurationSchema = z.strictObject({
  zitadel: zitadel.meta({ description: "How the forwarder reaches ZITADEL and signs in." }),
  events: events.meta({ description: "Which events are read." }),
  destinations,
  logins: logins.optional().meta({ description: "Who may report logins, and how.", otherwise: "none" }),
  journal: z
    .strictObject({
      storage: storageKind.default("volume").meta({
        description:
          "Whether the journal outlives the pod; where it does not, reading resumes at the checkpoint.",
      }),
      maxBytes: bytes
        .min(4 << 20)
        .default(1 << 30)
        .meta({
          description:
            "Bytes that the journal may take before the lane furthest behind is parked. It also holds the ids of all events of an hour, 32 bytes each.",
        }),
    })
    .prefault({})
    .meta({ description: "The journal." }),
  redaction: z
    .strictObject({
      release: z.array(releasedField).default([]).meta({
        description: "Payload fields that may leave although the reviewed table does not list them.",
        otherwise: "none",
      }),
    })
    .prefault({})
    .meta({ description: "What may leave beyond the reviewed table.", otherwise: "nothing" }),
  log: z
    .strictObject({ level: logLevel.default("info").meta({ description: "How much the forwarder logs." }) })
    .prefault({})
    .meta({ description: "The forwarder's log." }),
});

/** A configuration as it is written: defaults may be left out. */
export type ConfigurationInput = z.input<typeof configurationSchema>;
/** A configuration that was checked: every default is filled in. */
export type Configuration = z.output<typeof configurationSchema>;
export type EventsFilter = Configuration["events"]["filter"];
export type DestinationConfiguration = Configuration["destinations"][number];

/** Checks a configuration; never throws and never repeats a value that may be a secret. */
export function checkConfiguration(
  input: unknown,
):
  | { configuration: Configuration; problems?: undefined }
  | { configuration?: undefined; problems: Problem[] } {
  const { data, problems } = problemsOf(configurationSchema, input);
  if (problems)
    return { problems: problems.map(({ path, message }) => ({ path: path || "configuration", message })) };
  return { configuration: data };
}
