import type * as pulumi from "@pulumi/pulumi";
import type { Credential } from "./credential";

/**
 * What becomes of personal data on its way to a destination. Ids of users always stay; secrets never leave, whatever
 * is set here. It holds for every record that goes there, whatever the filter lets through.
 */
export interface PersonalData {
  /** Names of users, by which they log in or which are shown. The default is `keep`. */
  userNames?: pulumi.Input<PersonalDataTreatment>;
  /** E-mail addresses. The default is `keep`. */
  emails?: pulumi.Input<PersonalDataTreatment>;
  /** Telephone numbers. The default is `keep`. */
  phones?: pulumi.Input<PersonalDataTreatment>;
  /** Gender, language and postal address. The default is `keep`. */
  profiles?: pulumi.Input<PersonalDataTreatment>;
  /** IP addresses of clients. The default is `keep`. */
  ipAddresses?: pulumi.Input<PersonalDataTreatment>;
  /** Browsers and devices: their names, languages and ids. The default is `keep`. */
  userAgents?: pulumi.Input<PersonalDataTreatment>;
  /**
   * Key of the hashes, for example 32 random bytes in base64; needed where something is hashed. The forwarder reads
   * it at its start. With another key the same text gets another hash.
   */
  hashKey?: Credential;
}

/** What becomes of a class of personal data. */
export const PersonalDataTreatment = {
  /** It leaves as it is. */
  Keep: "keep",
  /** Its HMAC-SHA256 leaves: equal texts stay equal, and nobody without the key can try out texts. */
  Hash: "hash",
  /** It does not leave. */
  Drop: "drop",
} as const;
export type PersonalDataTreatment = (typeof PersonalDataTreatment)[keyof typeof PersonalDataTreatment];
