import type * as pulumi from "@pulumi/pulumi";
import type { ClientCertificate } from "./clientCertificate";
import type { Credential } from "./credential";

/**
 * A receiver of syslog (RFC 5424) over TLS (RFC 5425). Each record is one message, octet-counted; the record's id,
 * source, instance, organization and event type are structured data, its text is ASCII JSON.
 */
export interface SyslogDestination {
  /**
   * Address of the receiver: `tls://syslog.example.com:6514`, or `tcp://…` without encryption. The default port of
   * `tls` is 6514; `tcp` has none.
   */
  url: pulumi.Input<string>;
  /** PEM certificates of authorities to trust besides the system's. The default is the system's alone. */
  ca?: Credential;
  /** Certificate by which the receiver knows the forwarder. The default is none. */
  clientCertificate?: ClientCertificate;
  /** Name in the receiver's certificate. The default is the url's host. */
  serverName?: pulumi.Input<string>;
  /** Facility of the messages. The default is `audit`, number 13, "log audit". */
  facility?: pulumi.Input<SyslogFacility>;
  /** APP-NAME of the messages, 1 to 48 printable ASCII characters. The default is `zitadel`. */
  appName?: pulumi.Input<string>;
  /**
   * The longest message that the receiver takes, in bytes, from 2048 to 1048576. A record that makes a longer one
   * is kept as a dead letter. The default is 8192, which is what rsyslog takes unless told otherwise.
   */
  maxMessageBytes?: pulumi.Input<number>;
  /**
   * How long a connection must live on after the last record on it before its records count as delivered, in
   * seconds, from 1 to 300. The default is 30.
   */
  confirmSeconds?: pulumi.Input<number>;
  /**
   * How long connecting, a write without progress and the end of a connection may take, in seconds, from 1 to 600.
   * The default is 30.
   */
  timeoutSeconds?: pulumi.Input<number>;
}

/** Facility of syslog messages. */
export const SyslogFacility = {
  /** 4, security. */
  Auth: "auth",
  /** 10, security, private. */
  Authpriv: "authpriv",
  /** 13, log audit. */
  Audit: "audit",
  /** 16. */
  Local0: "local0",
  /** 17. */
  Local1: "local1",
  /** 18. */
  Local2: "local2",
  /** 19. */
  Local3: "local3",
  /** 20. */
  Local4: "local4",
  /** 21. */
  Local5: "local5",
  /** 22. */
  Local6: "local6",
  /** 23. */
  Local7: "local7",
} as const;
export type SyslogFacility = (typeof SyslogFacility)[keyof typeof SyslogFacility];
