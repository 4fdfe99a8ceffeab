import type * as pulumi from "@pulumi/pulumi";
import type { Credential } from "./credential";

/** One generation of the service account's key. */
export interface ReaderKey {
  /** Name of the generation, for example `2026-11`: lower-case letters, digits and `-`. */
  name: string;
  /** When ZITADEL stops accepting the key: RFC 3339 with a zone, for example `2027-11-01T00:00:00Z`. */
  expires: pulumi.Input<string>;
}

/**
 * The service account that may read events: exactly one of `keys` (it is created), `existingKey` and
 * `personalAccessToken` (it exists already, and nothing is created in ZITADEL).
 */
export interface Reader {
  /**
   * Generations of the key, the newest last: it is used, and all that are listed are accepted. To rotate without
   * a gap, append a generation, and take the old one out in a later update.
   */
  keys?: ReaderKey[];
  /** User name of the service account that is created. The default is the component's name. */
  userName?: pulumi.Input<string>;
  /**
   * Machine key (JSON) of an existing service account with the role IAM_OWNER_VIEWER, for instances in which the
   * team may not create users. `events.startFrom` must then be given.
   */
  existingKey?: Credential;
  /** Personal access token of an existing service account, instead of a key. `events.startFrom` must then be given. */
  personalAccessToken?: Credential;
}

/** How a forwarder signs in: exactly one of `machineKeys`, `existingKey` and `personalAccessToken`. */
export interface ForwarderReader {
  /** Id of the reader's service account, as `EventsReader` gives it: a first start begins at its creation. */
  userId?: pulumi.Input<string | undefined>;
  /** Machine keys (JSON), the newest last, as `EventsReader` gives them. */
  machineKeys?: pulumi.Input<pulumi.Input<string>[]>;
  /** Machine key of an existing service account. `events.startFrom` must then be given. */
  existingKey?: Credential;
  /** Personal access token of an existing service account. `events.startFrom` must then be given. */
  personalAccessToken?: Credential;
}
