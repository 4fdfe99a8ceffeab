import * as z from "zod";
import { enumeration } from "../schema/described";
import { authorities, clientCertificate } from "./connection";
import type { DestinationKind } from "./kind";

/** Facilities that suit an audit trail (RFC 5424, section 6.2.1), with their numbers; 13 is "log audit". */
export const syslogFacilities = {
  auth: 4,
  authpriv: 10,
  audit: 13,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const;

const facility = enumeration("SyslogFacility", "Facility of syslog messages.", {
  Auth: ["auth", "4, security."],
  Authpriv: ["authpriv", "10, security, private."],
  Audit: ["audit", "13, log audit."],
  Local0: ["local0", "16."],
  Local1: ["local1", "17."],
  Local2: ["local2", "18."],
  Local3: ["local3", "19."],
  Local4: ["local4", "20."],
  Local5: ["local5", "21."],
  Local6: ["local6", "22."],
  Local7: ["local7", "23."],
});
export type SyslogFacility = keyof typeof syslogFacilities;

/** Where a URL of syslog leads: over TLS to port 6514 (RFC 5425), unless it says otherwise. */
export const syslogPort = ({ protocol, port }: URL): number | undefined =>
  port === "" ? (protocol === "tls:" ? 6514 : undefined) : Number(port);

const syslogUrl = z
  .string()
  .superRefine((text, context) => {
    const message = urlProblem(text);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  })
  .meta({ sample: "tls://unknown.invalid" });

function urlProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return 'must be a URL such as "tls://syslog.example.com:6514"';
  const url = new URL(text);
  if ((url.protocol !== "tls:" && url.protocol !== "tcp:") || url.hostname === "")
    return 'must be tls:// or, without encryption, tcp:// and a host, for example "tls://syslog.example.com:6514"';
  if (url.username !== "" || url.password !== "")
    return "must not hold a user name or password: syslog knows clients by certificate";
  if (!["", "/"].includes(url.pathname) || url.search !== "" || url.hash !== "")
    return "must end with the port: take away what follows";
  if (syslogPort(url) === undefined) return "must name the port: tcp:// has no usual one";
  return undefined;
}

const seconds = (most: number, initial: number) => z.int().min(1).max(most).default(initial);

/** A receiver of RFC 5424 over TLS (RFC 5425) or TCP, octet-counted. */
const settings = z
  .strictObject({
    url: syslogUrl.meta({
      description:
        "Address of the receiver: `tls://syslog.example.com:6514`, or `tcp://…` without encryption. The port of `tls` is 6514 where none is given; `tcp` has no usual one.",
    }),
    ca: authorities,
    clientCertificate: clientCertificate
      .optional()
      .meta({ description: "Certificate by which the receiver knows the forwarder.", otherwise: "none" }),
    serverName: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .meta({ description: "Name in the receiver's certificate.", otherwise: "the url's host" }),
    facility: facility.default("audit").meta({ description: "Facility of the messages." }),
    appName: z
      .string()
      .regex(/^[!-~]{1,48}$/, { error: "must be 1 to 48 printable ASCII characters without a space" })
      .default("zitadel")
      .meta({
        description:
          "APP-NAME of the messages (RFC 5424, section 6.2.5), 1 to 48 printable ASCII characters.",
      }),
    maxMessageBytes: z
      .int()
      .min(2048)
      .max(1 << 20)
      .default(8192)
      .meta({
        description:
          "The longest message that the receiver takes, in bytes. A record that makes a longer one is kept as a dead letter.",
        remark: "rsyslog takes as much unless it is set otherwise.",
      }),
    confirmSeconds: seconds(300, 30).meta({
      description:
        "How long a connection must live on after the last record on it before its records count as delivered, in seconds.",
    }),
    timeoutSeconds: seconds(600, 30).meta({
      description:
        "How long connecting, a write without progress and the end of a connection may take, in seconds.",
    }),
  })
  .refine((s) => s.url.startsWith("tls:") || !(s.ca ?? s.clientCertificate ?? s.serverName), {
    path: ["url"],
    error:
      "must be tls:// for ca, clientCertificate and serverName to mean anything: change it or take them out",
  })
  .meta({
    typeName: "SyslogDestination",
    typeDescription:
      "A receiver of syslog (RFC 5424) over TLS (RFC 5425). Each record is one message, octet-counted; the record's id, source, instance, organization and event type are structured data, its text is ASCII JSON.",
  });

export const syslog = {
  settings,
  description:
    "Send records as syslog messages (RFC 5424) over TLS. Delivered means: sent, and the receiver has read them; the protocol has no acknowledgement.",
  formats: ["zitadel", "ecs", "ocsf", "otel"],
  acknowledgement: () => "sent",
  ports: ({ url }) => [syslogPort(new URL(url)) ?? 6514],
} satisfies DestinationKind<typeof settings>;
