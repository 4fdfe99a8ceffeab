import type { ConfigurationInput } from "../../contract";
import type { Certificate } from "../completeness/certificates";
import { collectorPipeline, type Exporter } from "./collectorPipeline";
import type { Pipeline } from "./genericPipeline";
import { rsyslogPipeline } from "./rsyslogPipeline";

export type Destination = Omit<ConfigurationInput["destinations"][number], "name">;

/** Where the sink takes records. */
export interface Sinks {
  /** Of all that goes over HTTP. */
  url: string;
  syslogPort: number;
  /** Of the sink of syslog: it is its own authority. */
  certificate: Certificate;
}

/** A kind of destination, and what a user would take instead to send the same records by the same protocol. */
export interface Kind {
  /** @param sidecar the port of the Collector beside the forwarder, where there is one */
  destination(sinks: Sinks, sidecar: number): Destination;
  /** The exporter of the Collector beside the forwarder. */
  sidecar?(sinks: Sinks): Exporter;
  pipeline?(sinks: Sinks): Pipeline;
}

export const HOST_NAME = "syslog.example.com";
/** Files below the secrets folder. */
export const secretsOf = ({ certificate }: Sinks) => ({ "hec-token": "token", authority: certificate.cert });

const hec = ({ url }: Sinks): Exporter => ({
  name: "splunk_hec",
  settings: { endpoint: `${url}/services/collector`, token: "token", sourcetype: "zitadel:audit" },
});
const otlp = ({ url }: Sinks): Exporter => ({ name: "otlphttp", settings: { endpoint: url } });

export const kinds: Record<string, Kind> = {
  // No exporter of the Collector and no module of Debian's rsyslog posts plain records to a URL.
  http: { destination: ({ url }) => ({ http: { url: `${url}/records` } }) },
  splunk: {
    destination: ({ url }) => ({ splunk: { url, token: "hec-token" } }),
    pipeline: (sinks) => collectorPipeline(hec(sinks)),
  },
  // The Collector's exporter asks for no acknowledgement.
  "splunk with acknowledgement": {
    destination: ({ url }) => ({ splunk: { url, token: "hec-token", acknowledgement: true } }),
  },
  // One code for both; the sink answers as OpenSearch does.
  "bulk (opensearch, elasticsearch)": {
    destination: ({ url }) => ({ opensearch: { url } }),
    pipeline: ({ url }) =>
      rsyslogPipeline({
        type: "omelasticsearch",
        module: "omelasticsearch",
        // A record's id is at the same place in each line.
        templates: { record: "%msg%", id: "%msg:8:42%" },
        settings:
          `server=${JSON.stringify(new URL(url).hostname)} serverport="${new URL(url).port}" ` +
          `searchIndex="zitadel-audit" searchType="" bulkMode="on" writeOperation="create" bulkId="id" dynBulkId="on"`,
      }),
  },
  otlp: {
    destination: ({ url }) => ({ otlp: { url } }),
    pipeline: (sinks) => collectorPipeline(otlp(sinks)),
  },
  collector: {
    destination: (_, port) => ({ collector: { port, exporter: { otlphttp: {} } } }),
    sidecar: otlp,
    pipeline: (sinks) => collectorPipeline(otlp(sinks)),
  },
  syslog: {
    destination: ({ syslogPort }) => ({
      syslog: { url: `tls://127.0.0.1:${syslogPort}`, ca: "authority", serverName: HOST_NAME },
    }),
    pipeline: ({ syslogPort, certificate }) =>
      rsyslogPipeline({
        type: "omfwd",
        templates: {
          record: "<109>1 %timegenerated:::date-rfc3339% zitadel.example.com zitadel - - - %msg%",
        },
        settings:
          `target="127.0.0.1" port="${syslogPort}" protocol="tcp" TCP_Framing="octet-counted" ` +
          `streamDriver="gtls" streamDriverMode="1" streamDriverAuthMode="x509/certvalid"`,
        authority: certificate.cert,
      }),
  },
};
