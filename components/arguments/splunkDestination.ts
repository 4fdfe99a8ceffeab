import type * as pulumi from "@pulumi/pulumi";
import type { ClientCertificate } from "./clientCertificate";
import type { Credential } from "./credential";

/**
 * Splunk's HTTP Event Collector. The record's id goes with each event as the indexed field `id`: search with
 * `dedup id` where a repeat matters.
 */
export interface SplunkDestination {
  /**
   * Address of the HTTP Event Collector, for example `https://splunk.example.com:8088`, or its whole URL, which
   * ends in `/services/collector/event`.
   */
  url: pulumi.Input<string>;
  /** Token of the HTTP Event Collector. */
  token: Credential;
  /** Index that events go to. The token must be allowed to write there. The default is the token's own. */
  index?: pulumi.Input<string>;
  /** Source type of the events. The default is `zitadel:audit`. */
  sourcetype?: pulumi.Input<string>;
  /** Source of the events. The default is `zitadel-siem`. */
  source?: pulumi.Input<string>;
  /** Host of the events, for example ZITADEL's domain. The default is what Splunk takes from the connection. */
  host?: pulumi.Input<string>;
  /**
   * Whether a batch is delivered only once Splunk says that it is indexed, instead of received. The token must
   * have indexer acknowledgement enabled. The default is false.
   */
  acknowledgement?: pulumi.Input<boolean>;
  /**
   * How long to wait for an acknowledgement before a batch is sent again, in seconds, from 1 to 3600. The default
   * is 300.
   */
  acknowledgementTimeoutSeconds?: pulumi.Input<number>;
  /** Whether bodies are compressed. The default is true. */
  gzip?: pulumi.Input<boolean>;
  /** PEM certificates of authorities to trust besides the system's. The default is the system's alone. */
  ca?: Credential;
  /** Certificate for a destination that asks for one (mutual TLS), over `https`. The default is none. */
  clientCertificate?: ClientCertificate;
  /** How long one request may take, in seconds, from 1 to 600. The default is 30. */
  timeoutSeconds?: pulumi.Input<number>;
}
