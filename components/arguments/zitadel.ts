import type * as pulumi from "@pulumi/pulumi";
import type { Credential } from "./credential";

/** Where ZITADEL is reached. */
export interface ZitadelAddress {
  /** Host name under which ZITADEL is known to its users, for example `zitadel.example.com`; no scheme, no port. */
  domain: pulumi.Input<string>;
  /** Port of that address, if it is not the scheme's own. The default is 443, or 80 with `insecure`. */
  port?: pulumi.Input<number>;
  /** Whether ZITADEL's address is `http`. The default is false; for local trials only. */
  insecure?: pulumi.Input<boolean>;
  /**
   * URL at which the forwarder connects instead, for example `http://zitadel.zitadel.svc:8080` for a ZITADEL in
   * the same cluster. The default is the address made of `domain` and `port`.
   */
  address?: pulumi.Input<string>;
  /**
   * PEM certificates of authorities to trust besides the system's, for a ZITADEL behind a company's own
   * authority. The default is the system's alone.
   */
  ca?: Credential;
  /**
   * How many proxies in front of ZITADEL are trusted to replace whatever X-Forwarded-For the client sent. ZITADEL
   * notes the leftmost address of that header. The default is none: a client's address in an event or a login is
   * then told as a claim, and not as the source.
   */
  trustedProxies?: pulumi.Input<number>;
}
