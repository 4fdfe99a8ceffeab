import * as z from "zod";
import { secretFile } from "../values";
import { clientCertificate } from "./connection";

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
export type SyslogFacility = keyof typeof syslogFacilities;

/** Where a URL of syslog leads: over TLS to port 6514 (RFC 5425), unless it says otherwise. */
export const syslogPort = ({ protocol, port }: URL): number | undefined =>
  port === "" ? (protocol === "tls:" ? 6514 : undefined) : Number(port);

const syslogUrl = z.string().superRefine((text, context) => {
  const message = urlProblem(text);
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

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

/** A receiver of RFC 5424 over TLS (RFC 5425) or TCP, octet-counted. */
export const syslog = z
  .strictObject({
    /** `tls://host:port`, by default port 6514, or `tcp://host:port` without encryption. */
    url: syslogUrl,
    ca: secretFile.optional(),
    clientCertificate: clientCertificate.optional(),
    /** Name in the server's certificate where it is not the url's host. */
    serverName: z.string().min(1).max(253).optional(),
    facility: z.enum(Object.keys(syslogFacilities) as [SyslogFacility, ...SyslogFacility[]]).default("audit"),
    /** What messages name as the application (RFC 5424, section 6.2.5). */
    appName: z
      .string()
      .regex(/^[!-~]{1,48}$/, { error: "must be 1 to 48 printable ASCII characters without a space" })
      .default("zitadel"),
    /** The longest message that the receiver takes. Bytes, default 8192, which rsyslog takes unless told otherwise. */
    maxMessageBytes: z
      .int()
      .min(2048)
      .max(1 << 20)
      .default(8192),
    /** How long a connection must live on after the last record on it before they count as delivered. Seconds. */
    confirmSeconds: z.int().min(1).max(300).default(30),
    /** How long connecting, a write without progress and the end of a connection may take. Seconds, default 30. */
    timeoutSeconds: z.int().min(1).max(600).default(30),
  })
  .refine((s) => s.url.startsWith("tls:") || !(s.ca ?? s.clientCertificate ?? s.serverName), {
    path: ["url"],
    error:
      "must be tls:// for ca, clientCertificate and serverName to mean anything: change it or take them out",
  });
