import type * as pulumi from "@pulumi/pulumi";
import type { ConfigurationInput } from "../../contract";
import type { BulkDestination } from "../arguments/bulkDestination";
import type { ClientCertificate } from "../arguments/clientCertificate";
import type { CollectorDestination } from "../arguments/collectorDestination";
import type { Credential } from "../arguments/credential";
import type { Batching, Destination, HttpDestination } from "../arguments/destinations";
import type { OtlpDestination } from "../arguments/otlpDestination";
import type { SplunkDestination } from "../arguments/splunkDestination";
import type { SyslogDestination } from "../arguments/syslogDestination";
import { destinationFile } from "../credentials/destinationCredentials";
import { optional, type Read, readDeep, readEach } from "../read";
import { recordConfiguration } from "./recordConfiguration";

type DestinationInput = ConfigurationInput["destinations"][number];

/** A url that is right, for one that is not known yet. */
const unknownUrl = "https://unknown.invalid";

/** Port of the pod's loopback at which the Collector takes the first destination's records; others follow it. */
const firstCollectorPort = 4400;

/** A destination's part of the forwarder's configuration, by its place among them. */
export function destinationConfiguration(
  destination: Destination,
  place: number,
  read: Read,
): DestinationInput {
  const { name, http, splunk, elasticsearch, opensearch, otlp, collector, syslog, stdout, batch } =
    destination;
  return {
    name,
    http: http && httpConfiguration(name, http, read),
    splunk: splunk && splunkConfiguration(name, splunk, read),
    elasticsearch: elasticsearch && bulkConfiguration(name, elasticsearch, read),
    opensearch: opensearch && bulkConfiguration(name, opensearch, read),
    otlp: otlp && otlpConfiguration(name, otlp, read),
    collector: collector && collectorConfiguration(firstCollectorPort + place, collector, read),
    syslog: syslog && syslogConfiguration(name, syslog, read),
    stdout: stdout && {},
    ...recordConfiguration(destination, read),
    batch: batch && batchConfiguration(batch, read),
  };
}

/** The address that a destination of any kind connects to; undefined for one that does not. */
export function addressOf({
  http,
  splunk,
  elasticsearch,
  opensearch,
  otlp,
  syslog,
}: DestinationInput): string | undefined {
  return (http ?? splunk ?? elasticsearch ?? opensearch ?? otlp ?? syslog)?.url;
}

/** What every kind over HTTP says of its connections. */
interface Connection {
  url: pulumi.Input<string>;
  ca?: Credential;
  clientCertificate?: ClientCertificate;
  timeoutSeconds?: pulumi.Input<number>;
}

function connectionConfiguration(destination: string, connection: Connection, read: Read) {
  return {
    url: read(connection.url, unknownUrl),
    ca: connection.ca && destinationFile(destination, "ca.pem"),
    clientCertificate: connection.clientCertificate && {
      certificate: destinationFile(destination, "client.pem"),
      key: destinationFile(destination, "client-key.pem"),
    },
    timeoutSeconds: optional(connection.timeoutSeconds, read, 30),
  };
}

function secretHeaders(destination: string, headers: { [name: string]: Credential } | undefined) {
  const files = Object.keys(headers ?? {}).map((name) => [
    name,
    destinationFile(destination, `header-${name.toLowerCase()}`),
  ]);
  return headers && Object.fromEntries(files);
}

function httpConfiguration(destination: string, http: HttpDestination, read: Read): DestinationInput["http"] {
  return {
    ...connectionConfiguration(destination, http, read),
    body: optional(http.body, read, "ndjson" as const),
    gzip: optional(http.gzip, read, true),
    bearer: http.bearer && destinationFile(destination, "bearer"),
    basic: http.basic && {
      userName: read(http.basic.userName, "unknown"),
      password: destinationFile(destination, "password"),
    },
    signing: http.signing && { secret: destinationFile(destination, "signing") },
    headers: http.headers && readEach(http.headers, read),
    secretHeaders: secretHeaders(destination, http.secretHeaders),
    successCodes: http.successCodes?.map((code) => read(code, 200)),
    ordered: optional(http.ordered, read, false),
  };
}

function splunkConfiguration(
  destination: string,
  splunk: SplunkDestination,
  read: Read,
): DestinationInput["splunk"] {
  return {
    ...connectionConfiguration(destination, splunk, read),
    token: destinationFile(destination, "token"),
    index: optional(splunk.index, read, "unknown"),
    sourcetype: optional(splunk.sourcetype, read, "unknown"),
    source: optional(splunk.source, read, "unknown"),
    host: optional(splunk.host, read, "unknown"),
    acknowledgement: optional(splunk.acknowledgement, read, false),
    acknowledgementTimeoutSeconds: optional(splunk.acknowledgementTimeoutSeconds, read, 300),
    gzip: optional(splunk.gzip, read, true),
  };
}

function bulkConfiguration(
  destination: string,
  bulk: BulkDestination,
  read: Read,
): DestinationInput["opensearch"] {
  return {
    ...connectionConfiguration(destination, bulk, read),
    index: optional(bulk.index, read, "unknown"),
    dataStream: optional(bulk.dataStream, read, "unknown"),
    template: optional(bulk.template, read, "none"),
    apiKey: bulk.apiKey && destinationFile(destination, "api-key"),
    basic: bulk.basic && {
      userName: read(bulk.basic.userName, "unknown"),
      password: destinationFile(destination, "password"),
    },
    gzip: optional(bulk.gzip, read, true),
  };
}

function otlpConfiguration(destination: string, otlp: OtlpDestination, read: Read): DestinationInput["otlp"] {
  return {
    ...connectionConfiguration(destination, otlp, read),
    encoding: optional(otlp.encoding, read, "protobuf"),
    bearer: otlp.bearer && destinationFile(destination, "bearer"),
    basic: otlp.basic && {
      userName: read(otlp.basic.userName, "unknown"),
      password: destinationFile(destination, "password"),
    },
    headers: otlp.headers && readEach(otlp.headers, read),
    secretHeaders: secretHeaders(destination, otlp.secretHeaders),
    gzip: optional(otlp.gzip, read, true),
  };
}

function collectorConfiguration(
  port: number,
  { exporter, environment, files, egressPorts, timeoutSeconds }: CollectorDestination,
  read: Read,
): DestinationInput["collector"] {
  return {
    port,
    exporter: readDeep(exporter, read) as { [type: string]: unknown },
    environment: environment && Object.keys(environment),
    files: files && Object.keys(files),
    egressPorts: egressPorts?.map((port) => read(port, 443)),
    timeoutSeconds: optional(timeoutSeconds, read, 30),
  };
}

function syslogConfiguration(
  destination: string,
  syslog: SyslogDestination,
  read: Read,
): DestinationInput["syslog"] {
  return {
    url: read(syslog.url, "tls://unknown.invalid"),
    ca: syslog.ca && destinationFile(destination, "ca.pem"),
    clientCertificate: syslog.clientCertificate && {
      certificate: destinationFile(destination, "client.pem"),
      key: destinationFile(destination, "client-key.pem"),
    },
    serverName: optional(syslog.serverName, read, "unknown.invalid"),
    facility: optional(syslog.facility, read, "audit"),
    appName: optional(syslog.appName, read, "unknown"),
    maxMessageBytes: optional(syslog.maxMessageBytes, read, 8192),
    confirmSeconds: optional(syslog.confirmSeconds, read, 30),
    timeoutSeconds: optional(syslog.timeoutSeconds, read, 30),
  };
}

function batchConfiguration(batch: Batching, read: Read): DestinationInput["batch"] {
  return {
    maxRecords: optional(batch.maxRecords, read, 1),
    maxBytes: optional(batch.maxBytes, read, 1024),
    inFlight: optional(batch.inFlight, read, 1),
  };
}
