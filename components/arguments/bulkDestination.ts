import type * as pulumi from "@pulumi/pulumi";
import type { ClientCertificate } from "./clientCertificate";
import type { Credential } from "./credential";
import type { BasicAuthentication } from "./destinations";

/** Elasticsearch or OpenSearch, by their bulk API. The record's id is the document's `_id`. */
export interface BulkDestination {
  /** Address of the cluster or of a gateway before it, for example `https://opensearch.example.com:9200`. */
  url: pulumi.Input<string>;
  /**
   * Beginning of the names of monthly indices: `zitadel` makes `zitadel-2026.11` of records created in November
   * 2026 (UTC). A repeat is then never a second document. The default is `zitadel`.
   */
  index?: pulumi.Input<string>;
  /**
   * Name of a data stream to use instead of monthly indices, for example `logs-zitadel.audit-default`. A record
   * that is sent again after the data stream rolled over is a second document. The default is none.
   */
  dataStream?: pulumi.Input<string>;
  /**
   * What is done about the index template before the first batch: `install` (the default) puts the one of this
   * version, named as the index or data stream; `check` only looks whether one is there, for a credential that
   * may not change the cluster; `none` does neither.
   */
  template?: pulumi.Input<IndexTemplate>;
  /** API key, encoded as the server gives it, sent as `Authorization: ApiKey …`. The default is none. */
  apiKey?: Credential;
  /** User name and password sent as basic authentication. The default is none. */
  basic?: BasicAuthentication;
  /** Whether bodies are compressed. The default is true. */
  gzip?: pulumi.Input<boolean>;
  /** PEM certificates of authorities to trust besides the system's. The default is the system's alone. */
  ca?: Credential;
  /** Certificate for a destination that asks for one (mutual TLS), over `https`. The default is none. */
  clientCertificate?: ClientCertificate;
  /** How long one request may take, in seconds, from 1 to 600. The default is 30. */
  timeoutSeconds?: pulumi.Input<number>;
}

/** What is done about the index template. */
export const IndexTemplate = {
  /** Put the one of this version. */
  Install: "install",
  /** Look whether one is there. */
  Check: "check",
  /** Nothing. */
  None: "none",
} as const;
export type IndexTemplate = (typeof IndexTemplate)[keyof typeof IndexTemplate];
