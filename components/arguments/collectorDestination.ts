import type * as pulumi from "@pulumi/pulumi";
import type { Credential } from "./credential";

/**
 * An exporter of the OpenTelemetry Collector. The Collector runs beside the forwarder in its pod, without a queue and
 * without retries of its own: its answer is the exporter's answer. All exporters run in one Collector, each behind a
 * receiver of its own.
 */
export interface CollectorDestination {
  /**
   * Exactly one exporter by its component type, with its configuration as the Collector takes it:
   * `{ kafka: { brokers: ["kafka:9092"], logs: { topic: "audit" } } }`. Credentials go into `environment` or `files`;
   * `sending_queue` and `retry_on_failure` are switched off and cannot be given.
   */
  // biome-ignore lint/suspicious/noExplicitAny: what it may hold is the exporter's affair
  exporter: { [type: string]: any };
  /**
   * Variables with credentials in the Collector's environment, by name (capital letters, digits and `_`): the
   * exporter's configuration refers to one as `${env:NAME}`. No two destinations may share a name. The default is
   * none.
   */
  environment?: { [name: string]: Credential };
  /**
   * Files with credentials, by name, in `/var/run/secrets/collector`. No two destinations may share a name. The
   * default is none.
   */
  files?: { [name: string]: Credential };
  /** TCP ports to which the exporter connects, for the pod's NetworkPolicy. The default is 443. */
  egressPorts?: pulumi.Input<number>[];
  /**
   * How long the exporter may take for one request, in seconds, from 1 to 600; longer than its own timeout. The
   * default is 30.
   */
  timeoutSeconds?: pulumi.Input<number>;
}
