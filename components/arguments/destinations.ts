import type * as pulumi from "@pulumi/pulumi";
import type { BulkDestination } from "./bulkDestination";
import type { ClientCertificate } from "./clientCertificate";
import type { CollectorDestination } from "./collectorDestination";
import type { Credential } from "./credential";
import type { RecordFilter } from "./filter";
import type { OtlpDestination } from "./otlpDestination";
import type { PersonalData } from "./personalData";
import type { SplunkDestination } from "./splunkDestination";
import type { SyslogDestination } from "./syslogDestination";

/**
 * A destination: a name and exactly one kind. Every destination gets every record that its filter lets through, at
 * its own pace: a slow or dead one holds up no other.
 */
export interface Destination {
  /**
   * Name of the destination, 1 to 40 lower-case letters, digits and `-`. It names the position in the journal:
   * a renamed destination starts anew.
   */
  name: string;
  /** Send records to an HTTP endpoint. Delivered means: answered with a 2xx status, or one of `successCodes`. */
  http?: HttpDestination;
  /**
   * Send records to Splunk's HTTP Event Collector. Delivered means: received by Splunk, or with `acknowledgement`
   * indexed.
   */
  splunk?: SplunkDestination;
  /** Send records to Elasticsearch by its bulk API. Delivered means: each document is indexed. */
  elasticsearch?: BulkDestination;
  /** Send records to OpenSearch by its bulk API. Delivered means: each document is indexed. */
  opensearch?: BulkDestination;
  /** Send records to a receiver of OTLP over HTTP. Delivered means: answered with a 2xx status. */
  otlp?: OtlpDestination;
  /**
   * Send records through an exporter of the OpenTelemetry Collector, for example to Kafka, S3 or Pub/Sub. Delivered
   * means: the exporter says that it was taken.
   */
  collector?: CollectorDestination;
  /**
   * Send records as syslog messages (RFC 5424) over TLS. Delivered means: sent, and the receiver has read them; the
   * protocol has no acknowledgement.
   */
  syslog?: SyslogDestination;
  /**
   * Write records to the forwarder's standard output, a JSON line each, for clusters whose log agent ships it.
   * Delivered means: written; nobody acknowledges it.
   */
  stdout?: StdoutDestination;
  /**
   * Format of each record: `zitadel` (the event as read, redacted, in a small envelope), `ecs` (Elastic Common
   * Schema), `ocsf` (Open Cybersecurity Schema Framework) or `otel` (a LogRecord of OpenTelemetry as JSON). The
   * default is `zitadel`, `ecs` for `elasticsearch` and `opensearch`, and `otel` for `otlp` and `collector`, which
   * take no other.
   */
  format?: pulumi.Input<RecordFormat>;
  /** Version of OCSF for the format `ocsf`: `1.3.0` or `1.8.0`. The default is `1.3.0`, which most tools read. */
  ocsfVersion?: pulumi.Input<OcsfVersion>;
  /** Which records go there. The default is every record. */
  filter?: RecordFilter;
  /** What becomes of personal data on its way there. The default is that it is kept. */
  personalData?: PersonalData;
  /** How many records are sent at once. The defaults suit most receivers. */
  batch?: Batching;
}

/** Format of a record. */
export const RecordFormat = {
  /** The event as read, redacted, in a small envelope. */
  Zitadel: "zitadel",
  /** The Elastic Common Schema. */
  Ecs: "ecs",
  /** The Open Cybersecurity Schema Framework. */
  Ocsf: "ocsf",
  /** A LogRecord of OpenTelemetry, in the JSON mapping of OTLP. */
  Otel: "otel",
} as const;
export type RecordFormat = (typeof RecordFormat)[keyof typeof RecordFormat];

/** Version of the Open Cybersecurity Schema Framework. */
export const OcsfVersion = {
  /** 1.3.0: Account Change, Authentication and User Access Management as most tools read them. */
  V1_3: "1.3.0",
  /** 1.8.0, which also has an activity for unlocking an account. */
  V1_8: "1.8.0",
} as const;
export type OcsfVersion = (typeof OcsfVersion)[keyof typeof OcsfVersion];

/** An HTTP endpoint. */
export interface HttpDestination {
  /** URL to which records are posted, `http` or `https`, without a user name or password. */
  url: pulumi.Input<string>;
  /** Form of a request's body: `ndjson` (the default, a JSON object a line) or `json` (one JSON array). */
  body?: pulumi.Input<HttpBody>;
  /** Whether bodies are compressed. The default is true; switch it off for receivers that cannot read gzip. */
  gzip?: pulumi.Input<boolean>;
  /** Token sent as `Authorization: Bearer …`. The default is none. */
  bearer?: Credential;
  /** User name and password sent as basic authentication. The default is none. */
  basic?: BasicAuthentication;
  /** Sign every request by the Standard Webhooks convention. The default is no signature. */
  signing?: RequestSigning;
  /** PEM certificates of authorities to trust besides the system's. The default is the system's alone. */
  ca?: Credential;
  /** Certificate for a destination that asks for one (mutual TLS), over `https`. The default is none. */
  clientCertificate?: ClientCertificate;
  /** Further request headers that are no secret, by name. The default is none. */
  headers?: { [name: string]: pulumi.Input<string> };
  /**
   * Further request headers whose values are secret, for example `X-Api-Key`, by name: letters, digits and `-`. The
   * default is none.
   */
  secretHeaders?: { [name: string]: Credential };
  /** Statuses of an answer that mean delivered, each from 200 to 299. The default is all of them. */
  successCodes?: pulumi.Input<number>[];
  /**
   * Whether records are sent in the journal's order: one request at a time, the next only after the one before was
   * acknowledged or its records set aside. The default is false: `batch.inFlight` requests at once.
   */
  ordered?: pulumi.Input<boolean>;
  /** How long one request may take, in seconds, from 1 to 600. The default is 30. */
  timeoutSeconds?: pulumi.Input<number>;
}

/** Standard output. It has nothing to set. */
// biome-ignore lint/suspicious/noEmptyInterface: the kind is declared by its presence
export interface StdoutDestination {}

/** Basic authentication. */
export interface BasicAuthentication {
  /** The user name. */
  userName: pulumi.Input<string>;
  /** The password. */
  password: Credential;
}

/** A signature by the Standard Webhooks convention (https://www.standardwebhooks.com). */
export interface RequestSigning {
  /** The shared secret: `whsec_` and 24 to 64 bytes in base64. */
  secret: Credential;
}

/** How records are put together into requests. */
export interface Batching {
  /** Records in one request at most, up to 10000. The default is 500. */
  maxRecords?: pulumi.Input<number>;
  /** Bytes of one request's body before compression at most, up to 64 MiB. The default is 1 MiB. */
  maxBytes?: pulumi.Input<number>;
  /** Requests under way at once, up to 64. The default is 4, and 1 with `http.ordered`. */
  inFlight?: pulumi.Input<number>;
}

/** Form of an HTTP request's body. */
export const HttpBody = {
  /** One JSON array a request. */
  Json: "json",
  /** A JSON object a line. */
  Ndjson: "ndjson",
} as const;
export type HttpBody = (typeof HttpBody)[keyof typeof HttpBody];
