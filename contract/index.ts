import * as z from "zod";
import { destinations } from "./destinations";
import { events } from "./events";
import { logins } from "./logins";
import { bytes } from "./values";
import { configurationWords } from "./wording";
import { zitadel } from "./zitadel";

export {
  destinationKinds,
  type OcsfVersion,
  ocsfVersions,
  type RecordFormat,
  recordFormats,
} from "./destinations";
export { severities } from "./destinations/filter";
export { type PersonalClass, personalClasses } from "./destinations/personalData";
export { type SyslogFacility, syslogFacilities, syslogPort } from "./destinations/syslog";
export { MAX_AGGREGATE_TYPES, MAX_EVENT_TYPES } from "./events";
export { isTime } from "./values";

/**
 * The forwarder's configuration: what the component writes into its ConfigMap and the forwarder reads at
 * start. One schema for both, so that what `pulumi preview` accepts the forwarder accepts too.
 *
 * It holds no secret and no absolute path: a credential is named by its file below the folder that the
 * forwarder gets as `--secrets`, and those files are read again when they change.
 */
export const configurationSchema = z.strictObject({
  zitadel,
  events,
  destinations,
  logins: logins.optional(),
  journal: z
    .strictObject({
      /** `volume`: the journal outlives the pod; `ephemeral`: it does not, and reading resumes at the checkpoint. */
      storage: z.enum(["volume", "ephemeral"]).default("volume"),
      /**
       * Bytes that the journal may take before the lane furthest behind is parked. Default 1 GiB. At least 4 MiB,
       * for a page of events of the usual size; it also holds the ids of all events of an hour, 32 bytes each.
       */
      maxBytes: bytes.min(4 << 20).default(1 << 30),
    })
    .prefault({}),
  redaction: z
    .strictObject({
      /** Payload fields that may leave although the reviewed table does not list them. */
      release: z
        .array(z.strictObject({ eventType: z.string().min(1), field: z.string().min(1) }))
        .default([]),
    })
    .prefault({}),
  log: z.strictObject({ level: z.enum(["debug", "info", "warn", "error"]).default("info") }).prefault({}),
});

/** A configuration as it is written: defaults may be left out. */
export type ConfigurationInput = z.input<typeof configurationSchema>;
/** A configuration that was checked: every default is filled in. */
export type Configuration = z.output<typeof configurationSchema>;
export type EventsFilter = Configuration["events"]["filter"];
export type DestinationConfiguration = Configuration["destinations"][number];

/** One thing wrong with a configuration: where (`destinations[1].http.url`) and what, with the remedy. */
export interface ConfigurationProblem {
  path: string;
  message: string;
}

/** Checks a configuration; never throws and never repeats a value that may be a secret. */
export function checkConfiguration(
  input: unknown,
):
  | { configuration: Configuration; problems?: undefined }
  | { configuration?: undefined; problems: ConfigurationProblem[] } {
  const result = configurationSchema.safeParse(input, { error: configurationWords });
  if (result.success) return { configuration: result.data };
  return {
    problems: result.error.issues.map(({ path, message }) => ({
      path: propertyPath(path) || "configuration",
      message,
    })),
  };
}

/** `["destinations", 1, "http", "url"]` as `destinations[1].http.url`. */
export function propertyPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${part}]` : text === "" ? String(part) : `${text}.${String(part)}`,
    "",
  );
}
