/*
 * What the exporters of the OpenTelemetry Collector's contrib distribution have in common and where they differ, as
 * far as a destination rests on it. From their configuration structs, version 0.145.0:
 * https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/v0.145.0/exporter
 */

/** What is switched off so that an exporter's answer is the answer of what it sends to. */
export const takenOver = ["sending_queue", "retry_on_failure"] as const;
type TakenOver = (typeof takenOver)[number];

/** The exporters that do not know both settings, and which they know; a key that one does not know stops a Collector. */
const knownTo: { [type: string]: readonly TakenOver[] } = {
  alibabacloud_logservice: [],
  debug: ["sending_queue"],
  elasticsearch: ["sending_queue"],
  file: [],
  googlecloud: ["sending_queue"],
  nop: [],
  rabbitmq: ["retry_on_failure"],
};

/** The settings that an exporter gets whatever it is given. */
export const switchedOff = (type: string): { [setting: string]: { enabled: false } } =>
  Object.fromEntries((knownTo[type] ?? takenOver).map((setting) => [setting, { enabled: false }]));

/** Exporters that say yes before anything has left the Collector, and what carries records there instead. */
export const answersTooEarly: { [type: string]: string } = {
  azuremonitor: "use azureblob, or kafka with an event hub",
  datadog: "use otlp with Datadog's intake of OTLP logs",
};

/**
 * The exporters of the contrib distribution, version 0.145.0, by component type, with their former names. Source:
 * https://github.com/open-telemetry/opentelemetry-collector-releases/blob/v0.145.0/distributions/otelcol-contrib/manifest.yaml
 */
export const contribExporters: readonly string[] = [
  "alibabacloud_logservice",
  "awscloudwatchlogs",
  "awsemf",
  "awskinesis",
  "awss3",
  "awsxray",
  "azureblob",
  "azuredataexplorer",
  "azuremonitor",
  "bmchelix",
  "cassandra",
  "clickhouse",
  "coralogix",
  "datadog",
  "dataset",
  "debug",
  "doris",
  "elasticsearch",
  "faro",
  "file",
  "googlecloud",
  "googlecloudpubsub",
  "googlecloudstorage",
  "googlemanagedprometheus",
  "honeycombmarker",
  "influxdb",
  "kafka",
  "loadbalancing",
  "logicmonitor",
  "logzio",
  "mezmo",
  "nop",
  "opensearch",
  "otelarrow",
  "otlp",
  "otlp_grpc",
  "otlp_http",
  "otlphttp",
  "prometheus",
  "prometheusremotewrite",
  "pulsar",
  "rabbitmq",
  "sapm",
  "sentry",
  "signalfx",
  "splunk_hec",
  "stef",
  "sumologic",
  "syslog",
  "tencentcloud_logservice",
  "tinybird",
  "zipkin",
];
