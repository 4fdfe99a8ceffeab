import * as z from "zod";
import { httpUrl, secretFile } from "./values";

export const zitadel = z.strictObject({
  /** ZITADEL's external address with scheme and, if it has one, port: the issuer of its tokens. */
  issuer: httpUrl,
  /** Where to connect instead, for example a Service inside the cluster; the issuer's host then goes into `x-zitadel-instance-host`. */
  address: httpUrl.optional(),
  /** File with a PEM bundle of authorities to trust besides the system's. */
  caFile: secretFile.optional(),
  /** How the forwarder signs in. The last entry of `machineKeyFiles` is used first, the others when it is refused. */
  credentials: z.union(
    [
      z.strictObject({ machineKeyFiles: z.array(secretFile).min(1) }),
      z.strictObject({ personalAccessTokenFile: secretFile }),
    ],
    { error: "must be exactly one of { machineKeyFiles } and { personalAccessTokenFile }" },
  ),
});
