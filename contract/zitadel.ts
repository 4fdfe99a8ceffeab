import * as z from "zod";
import { httpUrl, secretFile } from "./values";

export const zitadel = z.strictObject({
  /** ZITADEL's external address with scheme and, if it has one, port: the issuer of its tokens. */
  issuer: httpUrl,
  /** Where to connect instead, for example a Service inside the cluster; the issuer's host then goes into `x-zitadel-instance-host`. */
  address: httpUrl.optional(),
  /** File with a PEM bundle of authorities to trust besides the system's. */
  ca: secretFile.optional(),
  /**
   * How many proxies in front of ZITADEL are trusted and put the client's address into X-Forwarded-For themselves.
   * With none an address in an event or a login is a claim of the client and never the record's source. Default 0.
   */
  trustedProxies: z.int().min(0).default(0),
  /** How the forwarder signs in. The last entry of `machineKeyFiles` is used first, the others when it is refused. */
  credentials: z.union(
    [
      z.strictObject({ machineKeyFiles: z.array(secretFile).min(1) }),
      z.strictObject({ personalAccessTokenFile: secretFile }),
    ],
    { error: "must be exactly one of { machineKeyFiles } and { personalAccessTokenFile }" },
  ),
});
