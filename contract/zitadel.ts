import * as z from "zod";
import { credential, httpUrl, port, secretFile } from "./schema/values";

/** A host name without scheme, path and port. */
export const hostName = /^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?$/;

/** What declaration and configuration say alike. */
const shared = {
  address: httpUrl.optional().meta({
    description:
      "URL at which the forwarder connects instead, for example `http://zitadel.zitadel.svc:8080` for a ZITADEL in the same cluster; the host name then goes into `x-zitadel-instance-host`.",
    otherwise: "the address made of `domain` and `port`",
    sample: "http://unknown.invalid",
  }),
  ca: credential.optional().meta({
    description:
      "PEM certificates of authorities to trust besides the system's, for a ZITADEL behind a company's own authority.",
    otherwise: "the system's alone",
  }),
  trustedProxies: z.int().min(0).default(0).meta({
    description:
      "How many proxies in front of ZITADEL are trusted to replace whatever X-Forwarded-For the client sent. ZITADEL notes the leftmost address of that header.",
    remark: "With 0 a client's address in an event or a login is told as a claim, and not as the source.",
    sample: 0,
  }),
};

/** Where ZITADEL is reached, as it is declared. */
export const zitadelAddress = z
  .strictObject({
    domain: z
      .string()
      .regex(hostName, {
        error:
          "must be a host name such as zitadel.example.com: no scheme, path or port (that is zitadel.port)",
      })
      .meta({
        sample: "unknown.invalid",
        description:
          "Host name under which ZITADEL is known to its users, for example `zitadel.example.com`; no scheme, no port.",
      }),
    port: port.optional().meta({
      description: "Port of that address, if it is not the scheme's own.",
      otherwise: "443, or 80 with `insecure`",
    }),
    insecure: z
      .boolean()
      .default(false)
      .meta({ description: "Whether ZITADEL's address is `http`; for local trials only." }),
    ...shared,
  })
  .meta({ typeName: "ZitadelAddress", typeDescription: "Where ZITADEL is reached." });

/** How the forwarder reaches ZITADEL and signs in. */
export const zitadel = z.strictObject({
  issuer: httpUrl.meta({
    description: "ZITADEL's external address with scheme and, if it has one, port: the issuer of its tokens.",
  }),
  ...shared,
  credentials: z
    .union(
      [
        z.strictObject({
          machineKeyFiles: z.array(secretFile).min(1).meta({
            description: "Files with machine keys (JSON) of one service account, the newest last.",
          }),
        }),
        z.strictObject({
          personalAccessTokenFile: secretFile.meta({ description: "File with a personal access token." }),
        }),
      ],
      { error: "must be exactly one of { machineKeyFiles } and { personalAccessTokenFile }" },
    )
    .meta({
      description:
        "How the forwarder signs in. The last entry of `machineKeyFiles` is used first, the others when it is refused.",
    }),
});
