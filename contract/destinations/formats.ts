import { enumeration } from "../schema/described";

/** The formats in which records go to a destination. */
export const recordFormat = enumeration("RecordFormat", "Format of a record.", {
  Zitadel: ["zitadel", "The event as read, redacted, in a small envelope."],
  Ecs: ["ecs", "The Elastic Common Schema."],
  Ocsf: ["ocsf", "The Open Cybersecurity Schema Framework."],
  Otel: ["otel", "A LogRecord of OpenTelemetry, in the JSON mapping of OTLP."],
});
export const recordFormats = recordFormat.options;
export type RecordFormat = (typeof recordFormats)[number];

/** The versions of OCSF in which records can be told. */
export const ocsfVersion = enumeration("OcsfVersion", "Version of the Open Cybersecurity Schema Framework.", {
  V1_3: [
    "1.3.0",
    "1.3.0: Account Change, Authentication and User Access Management as most tools read them.",
  ],
  V1_8: ["1.8.0", "1.8.0, which also has an activity for unlocking an account."],
});
export const ocsfVersions = ocsfVersion.options;
/** The version in which records are told where none is given. */
export const defaultOcsfVersion: OcsfVersion = "1.3.0";
export type OcsfVersion = (typeof ocsfVersions)[number];
