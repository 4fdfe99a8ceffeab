import * as z from "zod";
import { bytes } from "../values";
import { bulk } from "./bulk";
import { collector, sharedNames } from "./collector";
import { filter } from "./filter";
import { http } from "./http";
import { otlp } from "./otlp";
import { personalData } from "./personalData";
import { splunk } from "./splunk";
import { syslog } from "./syslog";

/** The formats in which records go to a destination. */
export const recordFormats = ["zitadel", "ecs", "ocsf", "otel"] as const;
export type RecordFormat = (typeof recordFormats)[number];
/** The versions of OCSF in which records can be told. */
export const ocsfVersions = ["1.3.0", "1.8.0"] as const;
export type OcsfVersion = (typeof ocsfVersions)[number];

/** The kinds of destination, each a property of a destination's declaration. */
export const destinationKinds = [
  "http",
  "splunk",
  "elasticsearch",
  "opensearch",
  "otlp",
  "collector",
  "syslog",
  "stdout",
] as const;

const batching = z.strictObject({
  /** Records in one request at most. Default 500. */
  maxRecords: z.int().min(1).max(10_000).default(500),
  /** Bytes of one request's body before compression at most. Default 1 MiB. */
  maxBytes: bytes.max(64 << 20).default(1 << 20),
  /** Requests under way at once. Default 4, and 1 where they are ordered. */
  inFlight: z.int().min(1).max(64).optional(),
});

const destination = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/, {
      error:
        "must be 1 to 40 lower-case letters, digits and '-', beginning and ending with a letter or digit",
    }),
    http: http.optional(),
    splunk: splunk.optional(),
    elasticsearch: bulk.optional(),
    opensearch: bulk.optional(),
    otlp: otlp.optional(),
    collector: collector.optional(),
    syslog: syslog.optional(),
    stdout: z.strictObject({}).optional(),
    /**
     * Default `zitadel`; `ecs` for `elasticsearch` and `opensearch`; `otlp` and `collector` have no other than
     * `otel`.
     */
    format: z.enum(recordFormats).optional(),
    /** For the format `ocsf`. Default `1.3.0`. */
    ocsfVersion: z.enum(ocsfVersions).optional(),
    filter: filter.optional(),
    personalData: personalData.optional(),
    batch: batching.prefault({}),
  })
  .refine(({ format, ocsfVersion }) => ocsfVersion === undefined || format === "ocsf", {
    path: ["ocsfVersion"],
    error: 'goes with the format "ocsf" alone: set format, or leave it out',
  })
  .refine(({ http, batch: { inFlight = 1 } }) => !http?.ordered || inFlight === 1, {
    path: ["batch", "inFlight"],
    error: "must be 1, or left out: http.ordered sends one request at a time",
  })
  .superRefine((d, context) => {
    if ((d.otlp || d.collector) && d.format !== undefined && d.format !== "otel")
      context.addIssue({
        code: "custom",
        path: ["format"],
        message: `must be otel, or left out: ${d.otlp ? "otlp" : "collector"} carries nothing else`,
      });
    const kinds = destinationKinds.filter((kind) => d[kind] !== undefined);
    if (kinds.length === 1) return;
    context.addIssue({
      code: "custom",
      message:
        kinds.length === 0
          ? `names no kind: give exactly one of ${destinationKinds.join(", ")}`
          : `names ${kinds.length} kinds (${kinds.join(", ")}): give exactly one and make the others destinations of their own`,
    });
  })
  .transform((d) => ({
    ...d,
    format: d.format ?? defaultFormat(d),
    batch: { ...d.batch, inFlight: d.batch.inFlight ?? (d.http?.ordered ? 1 : 4) },
  }));

function defaultFormat(
  kinds: {
    [kind in "otlp" | "collector" | "elasticsearch" | "opensearch"]?: object;
  },
): RecordFormat {
  if (kinds.otlp || kinds.collector) return "otel";
  return kinds.elasticsearch || kinds.opensearch ? "ecs" : "zitadel";
}

/** Where records go. */
export const destinations = z
  .array(destination)
  .min(1, {
    error: 'is empty: declare at least one destination, for example { name: "soc", http: { url } }',
  })
  .superRefine((all, context) => {
    for (const problem of sharedNames(all)) context.addIssue({ code: "custom", ...problem });
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
  });
