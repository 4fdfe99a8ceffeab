import * as z from "zod";
import { configurationWords } from "./configurationWording";

/**
 * The forwarder's configuration: what the component writes into its ConfigMap and the forwarder reads at
 * start. One schema for both, so that what `pulumi preview` accepts the forwarder accepts too.
 *
 * It holds no secret and no absolute path: a credential is named by its file below the folder that the
 * forwarder gets as `--secrets`, and those files are read again when they change.
 */

/** ZITADEL takes at most so many event types in one search (recorded answer: InvalidArgument). */
export const MAX_EVENT_TYPES = 30;
/** ZITADEL takes at most so many aggregate types in one search. */
export const MAX_AGGREGATE_TYPES = 10;

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** Whether a text is an RFC 3339 time with its zone, at most nanoseconds: `2026-11-22T10:03:11.749184Z`. */
export const isTime = (text: string): boolean => rfc3339.test(text) && !Number.isNaN(Date.parse(text));

const time = z.string().refine(isTime, {
  error: "is not a time: write it as RFC 3339 with a zone, for example 2026-11-22T10:03:11Z",
});

/** A file below the secrets folder: relative, and it stays inside. */
const secretFile = z
  .string()
  .min(1)
  .refine((path) => !path.startsWith("/") && !path.split("/").includes(".."), {
    error: "must be a path relative to the secrets folder, without '..'",
  });

const httpUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    error: "must be an http or https URL",
  })
  .refine((text) => !URL.canParse(text) || (new URL(text).username === "" && new URL(text).password === ""), {
    error: "must not hold a user name or password: use bearer or basic with a secret",
  });

/** Names of headers and of parameters in a URL whose values are credentials. */
const credentialName =
  /authorization|cookie|token|secret|passw|passphrase|pwd|signature|credential|api[_-]?key|access[_-]?key|(?:^|[_-])(?:key|sig|code|auth|pass|session)$/i;

const destinationUrl = httpUrl.superRefine((text, context) => {
  if (!URL.canParse(text)) return;
  for (const name of new URL(text).searchParams.keys())
    if (credentialName.test(name))
      context.addIssue({
        code: "custom",
        message:
          "must not hold a credential among its parameters, where everybody who sees the configuration reads it: use bearer, basic or signing with a secret",
      });
});

const plainHeaders = z.record(z.string(), z.string()).superRefine((headers, context) => {
  for (const name of Object.keys(headers))
    if (credentialName.test(name))
      context.addIssue({
        code: "custom",
        path: [name],
        message:
          "is a header for a credential, which everybody who sees the configuration would read: use bearer, basic or signing with a secret",
      });
});

const bytes = z.int().positive();

const zitadel = z.strictObject({
  /** ZITADEL's external address with scheme and, if it has one, port: the issuer of its tokens. */
  issuer: httpUrl,
  /** Where to connect instead, for example a Service inside the cluster; the issuer's host then goes into `x-zitadel-instance-host`. */
  address: httpUrl.optional(),
  /** File with a PEM bundle of authorities to trust besides the system's. */
  caFile: secretFile.optional(),
  /** How the forwarder signs in. The last entry of `machineKeyFiles` is used first, the others when it is refused. */
  credentials: z.union(
    [
      z.strictObject({ machineKeyFiles: z.array(secretFile).min(1) }),
      z.strictObject({ personalAccessTokenFile: secretFile }),
    ],
    { error: "must be exactly one of { machineKeyFiles } and { personalAccessTokenFile }" },
  ),
});

const filter = z
  .strictObject({
    eventTypes: z.array(z.string().min(1)).max(MAX_EVENT_TYPES).optional(),
    aggregateTypes: z.array(z.string().min(1)).max(MAX_AGGREGATE_TYPES).optional(),
    aggregateId: z.string().min(1).max(200).optional(),
    resourceOwner: z.string().min(1).optional(),
    editorUserId: z.string().min(1).optional(),
    /** Only events created at or after this time. */
    from: time.optional(),
    /** Only events created before this time; the source ends when it is reached. */
    to: time.optional(),
  })
  .refine((f) => !(f.from && f.to) || Date.parse(f.from) < Date.parse(f.to), {
    path: ["to"],
    error: "must be later than 'from': the time frame ends before it starts",
  });

const events = z.strictObject({
  filter: filter.prefault({}),
  /**
   * Where a first start begins: `beginning`, a time, or the creation of the reader's own service account
   * (`{ userId }`).
   */
  startFrom: z.union(
    [
      z.string().refine((text) => text === "beginning" || isTime(text), {
        error:
          'is neither "beginning" nor a time: write a time as RFC 3339 with a zone, for example 2026-11-22T10:03:11Z, or leave it out to begin at the deployment',
      }),
      z.strictObject({ userId: z.string().min(1) }),
    ],
    { error: 'must be one of "beginning", a time such as 2026-11-22T10:03:11Z and { userId }' },
  ),
  /** How long after its creation time an event may become visible, at least. Seconds, default 1800. */
  sweepSeconds: z.int().min(60).default(1800),
  /** The share of time that catching up and sweeping may keep a read running at ZITADEL, 0.05 to 1. Default 1. */
  readShare: z.number().min(0.05).max(1).default(1),
});

const signing = z.strictObject({
  /** File with the Standard Webhooks secret (`whsec_` and base64). */
  secretFile,
});

const httpDestination = z.strictObject({
  url: destinationUrl,
  /** `json`: one JSON array a request; `ndjson`: a JSON object a line. */
  format: z.enum(["json", "ndjson"]).default("ndjson"),
  gzip: z.boolean().default(true),
  bearerFile: secretFile.optional(),
  basic: z.strictObject({ userName: z.string().min(1), passwordFile: secretFile }).optional(),
  signing: signing.optional(),
  caFile: secretFile.optional(),
  /** Plain headers that are no secret. */
  headers: plainHeaders.default({}),
  /** How long one request may take. Seconds, default 30. */
  timeoutSeconds: z.int().min(1).max(600).default(30),
});

const batching = z.strictObject({
  /** Records in one request at most. Default 500. */
  maxRecords: z.int().min(1).max(10_000).default(500),
  /** Bytes of one request's body before compression at most. Default 1 MiB. */
  maxBytes: bytes.max(64 << 20).default(1 << 20),
  /** Requests under way at once. Default 4. */
  inFlight: z.int().min(1).max(64).default(4),
});

const destination = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/, {
      error:
        "must be 1 to 40 lower-case letters, digits and '-', beginning and ending with a letter or digit",
    }),
    http: httpDestination.optional(),
    stdout: z.strictObject({}).optional(),
    batch: batching.prefault({}),
  })
  .superRefine((d, context) => {
    const kinds = destinationKinds.filter((kind) => d[kind] !== undefined);
    if (kinds.length === 1) return;
    context.addIssue({
      code: "custom",
      message:
        kinds.length === 0
          ? `names no kind: give exactly one of ${destinationKinds.join(", ")}`
          : `names ${kinds.length} kinds (${kinds.join(", ")}): give exactly one and make the others destinations of their own`,
    });
  });

/** The kinds of destination, each a property of a destination's declaration. */
export const destinationKinds = ["http", "stdout"] as const;

export const configurationSchema = z.strictObject({
  zitadel,
  events,
  destinations: z
    .array(destination)
    .min(1, {
      error: 'is empty: declare at least one destination, for example { name: "soc", http: { url } }',
    })
    .superRefine((all, context) => {
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
    }),
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
