import type * as pulumi from "@pulumi/pulumi";
import type { ClientCertificate } from "./clientCertificate";
import type { Credential } from "./credential";
import type { BasicAuthentication } from "./destinations";

/** A receiver of OTLP over HTTP: an OpenTelemetry Collector, or a product that takes OTLP. */
export interface OtlpDestination {
  /**
   * Address of the receiver, for example `https://collector.example.com:4318`, or its whole URL, which ends in
   * `/v1/logs`.
   */
  url: pulumi.Input<string>;
  /** How a request is encoded: `protobuf` (the default) or `json`. */
  encoding?: pulumi.Input<OtlpEncoding>;
  /** Token sent as `Authorization: Bearer …`. The default is none. */
  bearer?: Credential;
  /** User name and password sent as basic authentication. The default is none. */
  basic?: BasicAuthentication;
  /** Further request headers that are no secret, by name. The default is none. */
  headers?: { [name: string]: pulumi.Input<string> };
  /** Further request headers whose values are secret, for example an API key, by name. The default is none. */
  secretHeaders?: { [name: string]: Credential };
  /** Whether bodies are compressed. The default is true. */
  gzip?: pulumi.Input<boolean>;
  /** PEM certificates of authorities to trust besides the system's. The default is the system's alone. */
  ca?: Credential;
  /** Certificate for a destination that asks for one (mutual TLS), over `https`. The default is none. */
  clientCertificate?: ClientCertificate;
  /** How long one request may take, in seconds, from 1 to 600. The default is 30. */
  timeoutSeconds?: pulumi.Input<number>;
}

/** How a request of OTLP is encoded. */
export const OtlpEncoding = {
  /** Protocol Buffers. */
  Protobuf: "protobuf",
  /** The JSON mapping of OTLP. */
  Json: "json",
} as const;
export type OtlpEncoding = (typeof OtlpEncoding)[keyof typeof OtlpEncoding];
