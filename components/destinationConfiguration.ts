import type { BulkDestination } from "./arguments/bulkDestination";
import type { CollectorDestination } from "./arguments/collectorDestination";
import type { Batching, Destination, HttpDestination } from "./arguments/destinations";
import type { OtlpDestination } from "./arguments/otlpDestination";
import type { SplunkDestination } from "./arguments/splunkDestination";
import type { ConfigurationInput } from "./configuration";
import { destinationFile } from "./destinationCredentials";
import { optional, type Read, readDeep, readEach } from "./read";
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
  const { name, http, splunk, elasticsearch, opensearch, otlp, collector, stdout, batch } = destination;
  return {
    name,
    http: http && httpConfiguration(name, http, read),
    splunk: splunk && splunkConfiguration(name, splunk, read),
    elasticsearch: elasticsearch && bulkConfiguration(name, elasticsearch, read),
    opensearch: opensearch && bulkConfiguration(name, opensearch, read),
    otlp: otlp && otlpConfiguration(name, otlp, read),
    collector: collector && collectorConfiguration(firstCollectorPort + place, collector, read),
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
}: DestinationInput): string | undefined {
  return (http ?? splunk ?? elasticsearch ?? opensearch ?? otlp)?.url;
}

function httpConfiguration(destination: string, http: HttpDestination, read: Read): DestinationInput["http"] {
  return {
    url: read(http.url, unknownUrl),
    body: optional(http.body, read, "ndjson" as const),
    gzip: optional(http.gzip, read, true),
    bearerFile: http.bearer && destinationFile(destination, "bearer"),
    basic: http.basic && {
      userName: read(http.basic.userName, "unknown"),
      passwordFile: destinationFile(destination, "password"),
    },
    signing: http.signing && { secretFile: destinationFile(destination, "signing") },
    caFile: http.ca && destinationFile(destination, "ca.pem"),
    headers: http.headers && readEach(http.headers, read),
    timeoutSeconds: optional(http.timeoutSeconds, read, 30),
  };
}

function splunkConfiguration(
  destination: string,
  splunk: SplunkDestination,
  read: Read,
): DestinationInput["splunk"] {
  return {
    url: read(splunk.url, unknownUrl),
    tokenFile: destinationFile(destination, "token"),
    index: optional(splunk.index, read, "unknown"),
    sourcetype: optional(splunk.sourcetype, read, "unknown"),
    source: optional(splunk.source, read, "unknown"),
    host: optional(splunk.host, read, "unknown"),
    acknowledgement: optional(splunk.acknowledgement, read, false),
    acknowledgementTimeoutSeconds: optional(splunk.acknowledgementTimeoutSeconds, read, 300),
    gzip: optional(splunk.gzip, read, true),
    caFile: splunk.ca && destinationFile(destination, "ca.pem"),
    timeoutSeconds: optional(splunk.timeoutSeconds, read, 30),
  };
}

function bulkConfiguration(
  destination: string,
  bulk: BulkDestination,
  read: Read,
): DestinationInput["opensearch"] {
  return {
    url: read(bulk.url, unknownUrl),
    index: optional(bulk.index, read, "unknown"),
    dataStream: optional(bulk.dataStream, read, "unknown"),
    template: optional(bulk.template, read, "none"),
    apiKeyFile: bulk.apiKey && destinationFile(destination, "api-key"),
    basic: bulk.basic && {
      userName: read(bulk.basic.userName, "unknown"),
      passwordFile: destinationFile(destination, "password"),
    },
    gzip: optional(bulk.gzip, read, true),
    caFile: bulk.ca && destinationFile(destination, "ca.pem"),
    timeoutSeconds: optional(bulk.timeoutSeconds, read, 30),
  };
}

function otlpConfiguration(destination: string, otlp: OtlpDestination, read: Read): DestinationInput["otlp"] {
  const secretHeaders = Object.keys(otlp.secretHeaders ?? {});
  return {
    url: read(otlp.url, unknownUrl),
    encoding: optional(otlp.encoding, read, "protobuf"),
    bearerFile: otlp.bearer && destinationFile(destination, "bearer"),
    basic: otlp.basic && {
      userName: read(otlp.basic.userName, "unknown"),
      passwordFile: destinationFile(destination, "password"),
    },
    headers: otlp.headers && readEach(otlp.headers, read),
    secretHeaderFiles:
      otlp.secretHeaders &&
      Object.fromEntries(
        secretHeaders.map((name) => [name, destinationFile(destination, `header-${name.toLowerCase()}`)]),
      ),
    gzip: optional(otlp.gzip, read, true),
    caFile: otlp.ca && destinationFile(destination, "ca.pem"),
    timeoutSeconds: optional(otlp.timeoutSeconds, read, 30),
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

function batchConfiguration(batch: Batching, read: Read): DestinationInput["batch"] {
  return {
    maxRecords: optional(batch.maxRecords, read, 1),
    maxBytes: optional(batch.maxBytes, read, 1024),
    inFlight: optional(batch.inFlight, read, 1),
  };
}
